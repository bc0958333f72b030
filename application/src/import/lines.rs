//! Cuts a stream of bytes into blocks of whole lines, however the bytes arrive.

/// The longest line that is taken, in bytes.
pub const MAX_LINE_BYTES: usize = 64 * 1024;

/// Whole lines, the first of which has this number. The last one may lack its line feed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Block {
    /// Number of the first line, counted from 1.
    pub(super) first_line: u64,
    pub(super) lines: u64,
    pub(super) bytes: Vec<u8>,
}

/// A block is cut here at the latest, so that long lines take no more memory than short ones.
const MAX_BLOCK_BYTES: usize = 1 << 21;

/// Collects bytes until a block is full.
#[derive(Debug)]
pub(super) struct Blocks {
    block: Block,
    /// Where the line begins that is not complete yet.
    open_line_at: usize,
    lines_per_block: u64,
}

/// A line is longer than [`MAX_LINE_BYTES`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct LineTooLong {
    pub(super) line: u64,
}

impl Blocks {
    pub(super) fn new(lines_per_block: u64) -> Self {
        Self { block: Block { first_line: 1, lines: 0, bytes: Vec::new() }, open_line_at: 0, lines_per_block }
    }

    /// Takes bytes in; gives the blocks that became full.
    pub(super) fn take(&mut self, mut bytes: &[u8], full: &mut Vec<Block>) -> Result<(), LineTooLong> {
        while !bytes.is_empty() {
            let line_end = bytes.iter().position(|&byte| byte == b'\n').map(|at| at + 1);
            let (line, rest) = bytes.split_at(line_end.unwrap_or(bytes.len()));
            self.block.bytes.extend_from_slice(line);
            bytes = rest;
            if self.block.bytes.len() - self.open_line_at > MAX_LINE_BYTES {
                return Err(LineTooLong { line: self.block.first_line + self.block.lines });
            }
            if line_end.is_some() {
                self.block.lines += 1;
                self.open_line_at = self.block.bytes.len();
                if self.block.lines == self.lines_per_block || self.block.bytes.len() >= MAX_BLOCK_BYTES {
                    full.push(self.cut());
                }
            }
        }
        Ok(())
    }

    /// What is left: the lines so far, without one that is not complete.
    pub(super) fn complete_lines(&mut self) -> Block {
        self.block.bytes.truncate(self.open_line_at);
        self.cut()
    }

    /// What is left at the end of the input, where the last line needs no line feed.
    pub(super) fn rest(&mut self) -> Block {
        if self.block.bytes.len() > self.open_line_at {
            self.block.lines += 1;
        }
        self.cut()
    }

    fn cut(&mut self) -> Block {
        let next = Block {
            first_line: self.block.first_line + self.block.lines,
            lines: 0,
            bytes: Vec::with_capacity(self.block.bytes.len()),
        };
        self.open_line_at = 0;
        std::mem::replace(&mut self.block, next)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn block(first_line: u64, lines: u64, text: &str) -> Block {
        Block { first_line, lines, bytes: text.into() }
    }

    #[test]
    fn lines_come_out_in_blocks_with_their_numbers() {
        let (mut blocks, mut full) = (Blocks::new(2), Vec::new());
        blocks.take(b"one\ntwo\nthr", &mut full).unwrap();
        blocks.take(b"ee\nfour\nfive", &mut full).unwrap();
        assert_eq!(full, [block(1, 2, "one\ntwo\n"), block(3, 2, "three\nfour\n")]);
        assert_eq!(blocks.rest(), block(5, 1, "five"));
        assert_eq!(blocks.rest(), block(6, 0, ""));
    }

    #[test]
    fn a_line_that_is_not_complete_is_left_out_where_it_must_not_count() {
        let (mut blocks, mut full) = (Blocks::new(10), Vec::new());
        blocks.take(b"one\ntw", &mut full).unwrap();
        assert_eq!(blocks.complete_lines(), block(1, 1, "one\n"));
    }

    #[test]
    fn a_line_that_never_ends_is_refused_by_its_number() {
        let (mut blocks, mut full) = (Blocks::new(10), Vec::new());
        blocks.take(b"one\n", &mut full).unwrap();
        assert_eq!(blocks.take(&[b'x'; MAX_LINE_BYTES + 1], &mut full), Err(LineTooLong { line: 2 }));
        assert_eq!(blocks.complete_lines(), block(1, 1, "one\n"));
    }

    proptest! {
        #[test]
        fn however_the_bytes_arrive_the_lines_are_the_same(text in "[ab\n]{0,60}", cuts in prop::collection::vec(1_usize..7, 0..30), size in 1_u64..5) {
            let (mut blocks, mut full) = (Blocks::new(size), Vec::new());
            let mut rest = text.as_bytes();
            for cut in cuts {
                let (piece, behind) = rest.split_at(cut.min(rest.len()));
                blocks.take(piece, &mut full).unwrap();
                rest = behind;
            }
            blocks.take(rest, &mut full).unwrap();
            full.push(blocks.rest());
            prop_assert_eq!(full.iter().flat_map(|block| block.bytes.clone()).collect::<Vec<_>>(), text.as_bytes());
            let mut next_line = 1;
            for block in full {
                prop_assert_eq!(block.first_line, next_line);
                prop_assert!(block.lines <= size);
                next_line += block.lines;
            }
            prop_assert_eq!(next_line - 1, text.lines().count() as u64);
        }
    }
}
