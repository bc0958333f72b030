//! `khata backup`, `export`, `verify`, `restore`: a log as a file, and back. What is written is verified
//! while it is written, so that nobody finds out on the day of the restore that a backup was none.

use super::target::Target;
use crate::{
    client::incoming,
    failure::Failure,
    options::GlobalOptions,
    output::{self, Bar, per_second},
    serve::{begin_restore, runtime, set_views_aside},
};
use khata_archive as archive;
use khata_archive::{ArchiveError, ArchiveReader, Asked, Filled, Header, Kind, Whole, fill};
use std::{
    fs::File,
    io::{self, Read, Write},
    path::Path,
    time::Instant,
};

/// What is told of a backup of format version 1.
const UNSEALED: &str =
    "an older Khata wrote this backup: nothing in it proves that its secret is the one it was written with";
/// Standard input or output.
const STANDARD: &str = "-";

/// Writes an archive of what is asked to a file.
pub(super) fn write(options: &GlobalOptions, asked: Asked, file: &Path, force: bool) -> Result<(), Failure> {
    let started = Instant::now();
    // Before anything is read: a file that cannot be written is told at once.
    let mut target = Target::at(file, force)?;
    let mut source = incoming(options, asked)?;
    let bar = Bar::of("events", 0);
    let mut copied = Copied::default();
    let verified = archive::verify(
        Copying { source: &mut *source, target: &mut target, copied: &mut copied },
        |header, position| show(&bar, header, position),
    );
    drop(source);
    bar.clear();
    let whole = match (copied.broken, verified) {
        (Some(failure), _) => return Err(failure),
        (None, verified) => {
            verified.map_err(|error| Failure::because("the written file could not be verified", error))?
        }
    };
    target.finish()?;
    let seconds = started.elapsed().as_secs_f64();
    let told = format!(
        "{}\n{} bytes written in {seconds:.1} s ({} events/s)",
        sum(&whole),
        copied.bytes,
        per_second(whole.trailer.events, seconds)
    );
    // Standard output holds the archive itself then.
    if file == Path::new(STANDARD) {
        output::complain(&told);
        return Ok(());
    }
    Ok(output::say(&told)?)
}

/// Verifies a file without a store.
pub(super) fn verify(file: &Path) -> Result<(), Failure> {
    let bar = Bar::of("events", 0);
    let verified = archive::verify(open(file)?, |header, position| show(&bar, header, position));
    bar.clear();
    let whole = verified.map_err(|error| refused(file, error))?;
    Ok(output::say(&sum(&whole))?)
}

/// Restores a file into an empty store.
pub(super) fn restore(options: &GlobalOptions, file: &Path, up_to: Option<u64>) -> Result<(), Failure> {
    let started = Instant::now();
    if options.url.is_some() {
        return Err(Failure::usage("a restore works on the stores directly, not through a server (--url)"));
    }
    let reader = ArchiveReader::open(open(file)?).map_err(|error| refused(file, error))?;
    let header = reader.header().clone();
    let Some(secret) = reader.secret().copied().filter(|_| header.kind == Kind::Backup) else {
        return Err(Failure::plain(archive::FillError::NoBackup));
    };
    let runtime = runtime()?;
    let restore = runtime.block_on(begin_restore(options, &secret, header.created_at))?;
    let bar = Bar::of("events", up_to.unwrap_or(header.last_position).min(header.last_position));
    let filled = runtime.block_on(fill(reader, restore, up_to, |events| bar.at(events)));
    bar.clear();
    let Filled { whole, events, keys, last_hash } =
        filled.map_err(|error| Failure::because("nothing was restored", error))?;
    let seconds = started.elapsed().as_secs_f64();
    let hash = hex::encode(last_hash);
    output::say(&format!(
        "restored from the backup of namespace {} of {}: {events} events, {keys} idempotency keys",
        header.namespace, header.created_at
    ))?;
    if whole.has_unsealed_secret() {
        output::say(UNSEALED)?;
    }
    let namespace = options.namespace()?;
    let elsewhere = if namespace == header.namespace { "" } else { ", which differs from the backup's" };
    output::say(&format!("into {}, namespace {namespace}{elsewhere}", options.store_urls()?.events))?;
    let aside = runtime.block_on(set_views_aside(options))?;
    if aside > 0 {
        output::say(&format!(
            "{aside} views that have seen another log were set aside (khata_set_aside names their tables)"
        ))?;
    }
    Ok(output::say(&format!(
        "the last event's hash is {hash}; {seconds:.1} s ({} events/s)",
        per_second(events, seconds)
    ))?)
}

fn show(bar: &Bar, header: &Header, position: u64) {
    let before = header.first_position - 1;
    bar.grow(header.last_position - before);
    bar.at(position - before);
}

fn sum(whole: &Whole) -> String {
    let Whole { header, trailer } = whole;
    let range = match trailer.events {
        0 => "no events".to_owned(),
        1 => format!("1 event at position {}", header.last_position),
        events => format!("{events} events, positions {} to {}", header.first_position, header.last_position),
    };
    let keys = if header.kind == Kind::Backup {
        format!(", {} idempotency keys and the secret", trailer.keys)
    } else {
        String::new()
    };
    let hash = hex::encode(trailer.last_hash);
    let unsealed = if whole.has_unsealed_secret() { format!("\n{UNSEALED}") } else { String::new() };
    format!(
        "{} of namespace {} of {}: {range}{keys}\neverything fits together; the last event's hash is {hash}{unsealed}",
        header.kind, header.namespace, header.created_at
    )
}

fn open(file: &Path) -> Result<Box<dyn Read + Send>, Failure> {
    if file == Path::new(STANDARD) {
        return Ok(Box::new(io::stdin()));
    }
    let opened = File::open(file)
        .map_err(|error| Failure::because(format!("{} cannot be read", file.display()), error))?;
    Ok(Box::new(opened))
}

fn refused(file: &Path, error: ArchiveError) -> Failure {
    Failure::because(format!("{} does not verify", file.display()), error)
}

/// What was copied, and why that ended early, if it did.
#[derive(Default)]
struct Copied {
    bytes: u64,
    broken: Option<Failure>,
}

/// Reads, and writes what it reads to a file.
struct Copying<'a> {
    source: &'a mut dyn Read,
    target: &'a mut Target,
    copied: &'a mut Copied,
}

impl Read for Copying<'_> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let broke_off = || io::Error::other("the copy was interrupted");
        let length = self.source.read(into).map_err(|error| {
            self.copied.broken = Some(Failure::because("the archive ended too early", error));
            broke_off()
        })?;
        self.target.write_all(&into[..length]).map_err(|error| {
            self.copied.broken = Some(self.target.unwritable(error));
            broke_off()
        })?;
        self.copied.bytes += length as u64;
        Ok(length)
    }
}
