//! Files that are not what they seem: each is refused, named where it does not fit, and nothing of it reaches
//! a store.

use crate::{
    logs::{SECRET, Source, fill_from, source},
    places::{Memory, Place},
};
use khata_application::hash_chain;
use khata_archive::{ArchiveError, Asked, FillError, LONGEST_LINE, verify};
use proptest::prelude::*;
use std::io::{self, Cursor, Read, Write};

fn verified(bytes: &[u8]) -> Result<(), ArchiveError> {
    verify(Cursor::new(bytes), |_, _| {}).map(drop)
}

fn refusal(bytes: &[u8]) -> String {
    let mut error: &dyn std::error::Error = &verified(bytes).unwrap_err();
    let mut told = error.to_string();
    while let Some(cause) = error.source() {
        told.push_str(&format!(": {cause}"));
        error = cause;
    }
    told
}

fn lines_of(bytes: &[u8]) -> Vec<String> {
    let text = String::from_utf8(zstd::decode_all(bytes).unwrap()).unwrap();
    text.split_inclusive('\n').map(str::to_owned).collect()
}

fn compressed(lines: &[String]) -> Vec<u8> {
    zstd::encode_all(lines.concat().as_bytes(), 3).unwrap()
}

/// The lines with a trailer that fits what stands before it: as somebody would forge it who knows the format.
fn sealed(lines: &[String], events: usize, keys: usize) -> Vec<u8> {
    let mut lines = lines.to_vec();
    let trailer = lines.pop().unwrap();
    let digest = blake3::hash(lines.concat().as_bytes());
    let last_hash = trailer.split("\"last_hash\":\"").nth(1).unwrap().split('"').next().unwrap().to_owned();
    // Whoever reads the secret can seal with it.
    let seal = trailer.contains("secret_seal").then(|| secret_seal(&SECRET, digest.as_bytes()));
    let seal = seal.map_or(String::new(), |seal| format!(",\"secret_seal\":\"{seal}\""));
    let digest = digest.to_hex();
    lines.push(format!("{{\"trailer\":{{\"events\":{events},\"keys\":{keys},\"last_hash\":\"{last_hash}\",\"blake3\":\"{digest}\"{seal}}}}}\n"));
    compressed(&lines)
}

/// As docs/archive-format.md says.
fn secret_seal(secret: &[u8; 32], digest: &[u8; 32]) -> blake3::Hash {
    blake3::keyed_hash(&blake3::derive_key("Khata 2026-11-30: the secret of an archive", secret), digest)
}

/// A backup of so many commands: the log, its bytes, its lines.
async fn backed_up(commands: u64) -> (Source, Vec<u8>, Vec<String>) {
    let source = source(commands).await;
    let bytes = source.backup().await;
    let lines = lines_of(&bytes);
    (source, bytes, lines)
}

/// That a restore refuses it, and leaves the store empty.
async fn restores_nothing(bytes: Vec<u8>) -> FillError {
    let place = Memory::fresh();
    let refused = fill_from(bytes, place.restore().await.unwrap(), None).await.unwrap_err();
    let opened = place.open().await;
    assert_eq!(opened.events.head().await.unwrap().position, 0);
    assert_eq!(opened.keys.keys(0, 10, u64::MAX).await.unwrap().keys, []);
    assert_ne!(opened.secret, SECRET);
    refused
}

#[tokio::test]
async fn an_honest_backup_verifies_and_its_lines_are_what_the_format_says() {
    let (source, bytes, lines) = backed_up(10).await;
    verified(&bytes).unwrap();
    assert_eq!(lines.len(), 3 + source.events.len() + source.keys.len());
    assert_eq!(sealed(&lines, source.events.len(), source.keys.len()), compressed(&lines));
    let header: serde_json::Value = serde_json::from_str(&lines[0]).unwrap();
    assert_eq!(header["header"]["format"], "khata-archive");
    assert_eq!(header["header"]["last_hash"], hex(&source.events.last().unwrap().hash));
    assert_eq!(header["header"]["previous_hash"], hex(&hash_chain::GENESIS));
    let event: serde_json::Value = serde_json::from_str(&lines[2]).unwrap();
    assert_eq!(event["event"]["data"], *source.events[0].data);
    assert_eq!(event["event"]["effective_at"], source.events[0].effective_at.as_microsecond());
}

fn hex(bytes: &[u8; 32]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[tokio::test]
async fn what_is_no_archive_is_called_that() {
    let json = zstd::encode_all(&b"{\"some\":\"json\"}\n"[..], 3).unwrap();
    let other = zstd::encode_all(&b"{\"header\":{\"format\":\"other\",\"version\":1}}\n"[..], 3).unwrap();
    for bytes in [
        &b""[..],
        b"\n",
        b"SQLite format 3\0and so on",
        b"{\"header\":{}}\n",
        &json,
        &other,
        &[0x28, 0xb5, 0x2f, 0xfd],
    ] {
        assert!(matches!(verified(bytes), Err(ArchiveError::Foreign)), "{bytes:?}");
        assert!(matches!(restores_nothing(bytes.to_vec()).await, FillError::Archive(ArchiveError::Foreign)));
    }
}

#[tokio::test]
async fn a_newer_format_is_named() {
    let (_, _, mut lines) = backed_up(3).await;
    lines[0] = lines[0].replace("\"version\":2", "\"version\":3,\"more\":true");
    assert_eq!(
        refusal(&compressed(&lines)),
        "the archive has format version 3, this Khata reads versions 1 to 2"
    );
}

#[tokio::test]
async fn a_secret_that_was_exchanged_is_noticed_and_an_older_backup_that_cannot_tell_says_so() {
    let (source, bytes, lines) = backed_up(5).await;
    let (events, keys) = (source.events.len(), source.keys.len());
    assert!(!verify(Cursor::new(&bytes), |_, _| {}).unwrap().has_unsealed_secret());
    let mut exchanged = lines.clone();
    exchanged[1] = format!("{{\"secret\":\"{}\"}}\n", "ab".repeat(32));
    let forged = sealed(&exchanged, events, keys);
    assert!(
        refusal(&forged).contains("the secret is not the one that the archive was written with"),
        "{}",
        refusal(&forged)
    );
    assert!(matches!(restores_nothing(forged).await, FillError::Archive(ArchiveError::Line { .. })));
    // Without the seal it is no archive of this version.
    let mut unsealed = lines.clone();
    let trailer = unsealed.pop().unwrap();
    unsealed.push(trailer.replace("secret_seal", ""));
    assert!(refusal(&sealed(&unsealed, events, keys)).contains("the trailer does not fit"));
    let mut older = unsealed;
    older[0] = older[0].replace("\"version\":2", "\"version\":1");
    let older = sealed(&older, events, keys);
    assert!(verify(Cursor::new(&older), |_, _| {}).unwrap().has_unsealed_secret());
    fill_from(older, Memory::fresh().restore().await.unwrap(), None).await.unwrap();
}

#[tokio::test]
async fn an_archive_that_is_cut_short_anywhere_is_refused() {
    let (_, bytes, lines) = backed_up(6).await;
    for length in 0..bytes.len() {
        verified(&bytes[..length]).unwrap_err();
    }
    // Cut off between lines and compressed anew: only the trailer tells.
    for count in 1..lines.len() {
        let refused = refusal(&compressed(&lines[..count]));
        assert_eq!(refused, format!("the archive is cut short: it ends in line {}", count + 1));
    }
    restores_nothing(bytes[..bytes.len() - 1].to_vec()).await;
}

#[tokio::test]
async fn something_behind_the_end_is_refused() {
    let (_, bytes, mut lines) = backed_up(4).await;
    for behind in [&b"x"[..], &bytes] {
        let longer = [&bytes, behind].concat();
        assert!(refusal(&longer).contains("something stands behind the trailer"), "{}", refusal(&longer));
        restores_nothing(longer).await;
    }
    lines.push("\n".to_owned());
    assert!(refusal(&compressed(&lines)).contains("something stands behind the trailer"));
}

#[tokio::test]
async fn lines_that_are_moved_doubled_or_left_out_are_named() {
    let (source, _, lines) = backed_up(10).await;
    let (events, keys) = (source.events.len(), source.keys.len());
    let first_key = 2 + events;
    let with = |change: &dyn Fn(&mut Vec<String>)| {
        let mut changed = lines.clone();
        change(&mut changed);
        refusal(&sealed(&changed, events, keys))
    };
    assert_eq!(
        with(&|lines| lines.swap(3, 4)),
        "line 4 does not fit: the event log does not fit at position 2: the event is missing"
    );
    assert!(with(&|lines| lines.insert(4, lines[3].clone())).starts_with("line 5 does not fit"));
    assert!(
        with(&|lines| drop(lines.remove(5)))
            .starts_with("line 6 does not fit: the event log does not fit at position 4")
    );
    assert!(with(&|lines| lines.swap(first_key, first_key - 1)).contains("the events end at position"));
    assert!(with(&|lines| drop(lines.remove(first_key))).contains("the trailer does not fit"));
    assert!(with(&|lines| drop(lines.remove(1))).contains("line 2 does not fit: the secret"));
    assert!(with(&|lines| lines.swap(1, 2)).contains("line 2 does not fit: the secret"));
    assert!(
        with(&|lines| lines.insert(3, lines[0].clone()))
            .contains("line 4 does not fit: it stands at the beginning alone")
    );
    assert!(
        with(&|lines| lines.insert(3, "\n".to_owned()))
            .contains("line 4 does not fit: it is no line of an archive")
    );
}

#[tokio::test]
async fn an_event_that_was_altered_is_named_even_if_the_trailer_fits() {
    let (source, _, lines) = backed_up(10).await;
    let (events, keys) = (source.events.len(), source.keys.len());
    for (old, new) in [
        ("\\\"number\\\": 3,", "\\\"number\\\": 4,"),
        ("\"version\":1", "\"version\":2"),
        ("\"schema_version\":1", "\"schema_version\":9"),
        ("\"stream\":\"bank_account", "\"stream\":\"bank_accounts"),
        ("\"event_type\":\"bank_account.money_deposited", "\"event_type\":\"bank_account.money_withdrawn"),
    ] {
        let line =
            lines.iter().rposition(|line| line.starts_with("{\"event\"") && line.contains(old)).unwrap();
        let mut altered = lines.clone();
        altered[line] = altered[line].replacen(old, new, 1);
        let (refused, position) = (refusal(&sealed(&altered, events, keys)), line - 1);
        assert_eq!(
            refused,
            format!(
                "line {} does not fit: the event log does not fit at position {position}: the hash does not fit the event and the one before it",
                line + 1
            )
        );
        assert!(matches!(
            restores_nothing(sealed(&altered, events, keys)).await,
            FillError::Archive(ArchiveError::Event { .. })
        ));
    }
}

#[tokio::test]
async fn a_header_that_contradicts_itself_or_its_lines_is_refused() {
    let (source, _, lines) = backed_up(10).await;
    let (events, keys) = (source.events.len(), source.keys.len());
    let last = format!("\"last_position\":{events}");
    for (old, new) in [
        ("\"first_position\":1", "\"first_position\":0"),
        ("\"first_position\":1", "\"first_position\":2"),
        ("\"kind\":\"backup\"", "\"kind\":\"other\""),
        ("\"namespace\":\"main\"", "\"namespace\":\"Main; DROP\""),
        (&last, "\"last_position\":3"),
        (&last, "\"last_position\":18446744073709551615"),
        ("\"version\":2", "\"version\":2,\"version\":2"),
        ("\"version\":2", "\"version\":1"),
        ("\"khata\":", "\"unknown\":"),
    ] {
        let mut altered = lines.clone();
        altered[0] = altered[0].replacen(old, new, 1);
        assert_ne!(altered[0], lines[0], "{old}");
        verified(&sealed(&altered, events, keys)).expect_err(new);
    }
}

#[tokio::test]
async fn an_export_holds_no_keys_and_no_secret_and_restores_nothing() {
    let source = source(20).await;
    let bytes = source.archive(Asked::Export { after: 4, up_to: Some(9) }).await;
    verified(&bytes).unwrap();
    let lines = lines_of(&bytes);
    assert_eq!(lines.len(), 2 + 5);
    assert!(lines[0].contains("\"kind\":\"export\"") && lines[1].contains("\"position\":5"), "{lines:?}");
    assert!(matches!(restores_nothing(bytes).await, FillError::NoBackup));
    let backup = lines_of(&source.backup().await);
    let key = backup.iter().find(|line| line.starts_with("{\"key\"")).unwrap().clone();
    let mut smuggled = lines.clone();
    smuggled.insert(6, key);
    assert!(refusal(&sealed(&smuggled, 5, 1)).contains("an export holds no keys"));
}

/// Gives so many zero bytes, compressed to next to nothing, as a source that never ends.
struct Bomb(u64);

impl Read for Bomb {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let length = into.len().min(usize::try_from(self.0).unwrap_or(usize::MAX));
        into[..length].fill(b' ');
        self.0 -= length as u64;
        Ok(length)
    }
}

#[tokio::test]
async fn a_bomb_goes_off_at_the_longest_line() {
    let (_, _, lines) = backed_up(3).await;
    let mut encoder = zstd::Encoder::new(Vec::new(), 3).unwrap();
    encoder.write_all(lines[..3].concat().as_bytes()).unwrap();
    io::copy(&mut Bomb(300 * 1024 * 1024), &mut encoder).unwrap();
    let bomb = encoder.finish().unwrap();
    assert!(bomb.len() < 100_000, "{}", bomb.len());
    assert_eq!(refusal(&bomb), format!("line 4 does not fit: it is longer than {LONGEST_LINE} bytes"));
}

#[tokio::test]
async fn a_window_larger_than_any_archive_needs_is_refused() {
    let (_, _, lines) = backed_up(3).await;
    let mut encoder = zstd::Encoder::new(Vec::new(), 3).unwrap();
    encoder.window_log(27).unwrap();
    encoder.write_all(lines.concat().as_bytes()).unwrap();
    assert!(matches!(verified(&encoder.finish().unwrap()), Err(ArchiveError::Foreign)));
}

#[tokio::test]
async fn an_event_too_long_to_be_read_again_is_not_written() {
    let source = source(1).await;
    let mut event = source.events[0].clone();
    event.data = "x".repeat(LONGEST_LINE).into();
    let header = verify(Cursor::new(source.backup().await), |_, _| {}).unwrap().header;
    let mut writer = khata_archive::ArchiveWriter::begin(Vec::new(), &header, None).unwrap();
    assert!(writer.event(&event).unwrap_err().to_string().contains("longer than"));
}

fn small_backup() -> &'static [u8] {
    static BYTES: std::sync::OnceLock<Vec<u8>> = std::sync::OnceLock::new();
    BYTES.get_or_init(|| {
        tokio::runtime::Runtime::new().unwrap().block_on(async { source(8).await.backup().await })
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(600))]

    #[test]
    fn a_flipped_bit_is_found_wherever_it_is(place in any::<prop::sample::Index>(), bit in 0..8u8) {
        let honest = small_backup();
        let mut flipped = honest.to_vec();
        flipped[place.index(honest.len())] ^= 1u8 << bit;
        // Some bits of the compression mean nothing: who flips them alters nothing.
        if zstd::decode_all(&*flipped).ok() != zstd::decode_all(honest).ok() {
            prop_assert!(verified(&flipped).is_err());
        }
    }

    #[test]
    fn an_altered_byte_of_the_lines_is_found_wherever_it_is(place in any::<prop::sample::Index>(), other in any::<u8>()) {
        let mut plain = zstd::decode_all(small_backup()).unwrap();
        let index = place.index(plain.len());
        prop_assume!(plain[index] != other);
        plain[index] = other;
        prop_assert!(verified(&zstd::encode_all(&*plain, 3).unwrap()).is_err());
    }

    #[test]
    fn any_bytes_are_refused_without_harm(bytes in prop::collection::vec(any::<u8>(), 0..2_000)) {
        prop_assert!(verified(&bytes).is_err());
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_flipped_bit_restores_nothing() {
    let honest = small_backup_of(40).await;
    for place in (0..honest.len()).step_by(honest.len() / 40) {
        let mut flipped = honest.clone();
        flipped[place] ^= 0x10;
        if zstd::decode_all(&*flipped).ok() != zstd::decode_all(&*honest).ok() {
            restores_nothing(flipped).await;
        }
    }
}

async fn small_backup_of(commands: u64) -> Vec<u8> {
    source(commands).await.backup().await
}
