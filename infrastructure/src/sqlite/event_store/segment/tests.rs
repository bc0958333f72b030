//! What a segment knows of the events it was given.

use super::*;

fn segment_of(streams: &[u32]) -> Segment {
    let mut segment = Segment::empty(3);
    let mut versions: FxHashMap<u32, u64> = FxHashMap::default();
    for (number, stream) in (0_u32..).zip(streams) {
        let version = versions.entry(*stream).or_insert(100);
        *version += 1;
        let event_id = Uuid::from_u128(1_000_u128.wrapping_sub(u128::from(number)));
        segment.push(Entry { stream: *stream, version: *version, kind: stream % 2, event_id });
    }
    segment
}

#[test]
fn positions_and_offsets_are_two_names_of_one_place() {
    assert_eq!(locate(1), (0, 0));
    assert_eq!(locate(SEGMENT), (0, 32_767));
    assert_eq!(locate(SEGMENT + 1), (1, 0));
    for place in [1, 2, SEGMENT, SEGMENT + 1, 10 * SEGMENT + 77] {
        let (segment, offset) = locate(place);
        assert_eq!(position(segment, offset), place);
    }
}

#[test]
fn a_stream_is_found_in_order_among_others() {
    let segment = segment_of(&[7, 8, 7, 7, 9, 8]);
    assert_eq!(segment.run_of(7), Some(Run { segment: 3, first_version: 101, offsets: vec![0, 2, 3] }));
    assert_eq!(segment.run_of(9), Some(Run { segment: 3, first_version: 101, offsets: vec![4] }));
    assert_eq!(segment.run_of(1), None);
    assert_eq!(segment.end_of(8), Some((3 * SEGMENT + 6, 102)));
    assert_eq!(segment.sorted_streams(), [7, 8, 9]);
}

#[test]
fn ids_and_kinds_are_found_and_sorted() {
    let segment = segment_of(&[7, 8, 7]);
    assert_eq!(segment.find(&Uuid::from_u128(999)), Some(3 * SEGMENT + 2));
    assert_eq!(segment.find(&Uuid::from_u128(5)), None);
    assert!(segment.sorted_ids().is_sorted());
    assert_eq!(segment.kinds(), [(0, vec![1]), (1, vec![0, 2])]);
    assert_eq!(segment.positions_of_kinds(&[1], 3 * SEGMENT + 1).collect::<Vec<_>>(), [3 * SEGMENT + 3]);
}

#[test]
fn a_full_segment_has_a_place_for_every_offset() {
    let segment = segment_of(&vec![1; usize::try_from(SEGMENT).unwrap()]);
    assert!(segment.is_full());
    let run = segment.run_of(1).unwrap();
    assert_eq!(run.offsets.len() as u64, SEGMENT);
    assert_eq!(run.offsets.last(), Some(&32_767));
}

#[test]
fn stored_offsets_read_back_and_damage_is_seen() {
    let offsets = vec![0, 1, 255, 256, 32_767];
    assert_eq!(from_bytes(&to_bytes(&offsets)), Some(offsets));
    assert_eq!(from_bytes(&[1]), None);
    assert_eq!(from_bytes(&to_bytes(&[5, 4])), None);
}
