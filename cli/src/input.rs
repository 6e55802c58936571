//! Finds the files, opens them, and sees what they are. Called by `command::check`.

mod hcl;
mod manifest;
mod plan;
mod reader;

use std::{
    convert::Infallible,
    fs::File,
    io,
    path::{Path as FilePath, PathBuf},
};

use probity_catalog::source::{Options, Piece, Reading, SourceError, Windows};
use rayon::prelude::*;

use self::reader::Reader;
use crate::{
    Failure, Selection,
    gate::Gate,
    report::{FileReport, Remark},
};

/// What can be judged.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Input {
    /// A file that was named.
    Named(PathBuf),
    /// A file that was found in a folder.
    Found(PathBuf),
    /// The standard input.
    Standard,
}

/// Extensions of files that are looked at in folders.
const EXTENSIONS: [&str; 3] = ["json", "yaml", "yml"];

/// Bytes of a file that is judged by itself.
const LARGE: u64 = 1 << 20;

/// Bytes of a large file that each core gets before more is read.
const SHARE: usize = 1 << 18;

/// Pieces of a long list that each core gets before more are judged.
const PIECES: usize = 32;

/// The name under which a Kubernetes list holds its objects.
const ITEMS: &str = "items";

/// The files that arguments name, folders searched, in a fixed order.
pub fn collect(arguments: &[PathBuf]) -> Result<Vec<Input>, Failure> {
    let mut inputs = Vec::new();
    for argument in arguments {
        if argument.as_os_str() == "-" {
            inputs.push(Input::Standard);
            continue;
        }
        let failed = |source| Failure::Read { path: argument.clone(), source };
        if std::fs::metadata(argument).map_err(failed)?.is_dir() {
            walk(argument, &mut inputs)?;
        } else {
            inputs.push(Input::Named(argument.clone()));
        }
    }
    Ok(inputs)
}

/// Hidden folders and links to folders are not followed.
fn walk(folder: &FilePath, inputs: &mut Vec<Input>) -> Result<(), Failure> {
    let failed = |source| Failure::Read { path: folder.to_owned(), source };
    let mut entries = std::fs::read_dir(folder)
        .and_then(Iterator::collect::<Result<Vec<_>, _>>)
        .map_err(failed)?;
    entries.sort_by_key(std::fs::DirEntry::file_name);
    for entry in entries {
        let path = entry.path();
        let hidden = entry.file_name().to_string_lossy().starts_with('.');
        let kind = entry.file_type().map_err(failed)?;
        if kind.is_dir() && !hidden {
            walk(&path, inputs)?;
        } else if !kind.is_dir() && !hidden && has_known_extension(&path) && path.is_file() {
            inputs.push(Input::Found(path));
        }
    }
    Ok(())
}

fn has_known_extension(path: &FilePath) -> bool {
    let extension = path.extension().and_then(|extension| extension.to_str());
    extension.is_some_and(|extension| {
        EXTENSIONS.iter().any(|known| known.eq_ignore_ascii_case(extension))
    })
}

impl Input {
    fn shown(&self) -> String {
        match self {
            Self::Named(path) | Self::Found(path) => {
                path.strip_prefix(".").unwrap_or(path).display().to_string()
            }
            Self::Standard => "<stdin>".to_owned(),
        }
    }

    /// Where files beside it are.
    fn folder(&self) -> PathBuf {
        match self {
            Self::Named(path) | Self::Found(path) => {
                path.parent().map(FilePath::to_path_buf).unwrap_or_default()
            }
            Self::Standard => PathBuf::new(),
        }
    }

    fn reader(&self) -> io::Result<Reader> {
        match self {
            Self::Named(path) | Self::Found(path) => Reader::of(File::open(path)?),
            Self::Standard => Ok(Reader::piped(io::stdin().lock())),
        }
    }

    /// Its length in bytes, where that is known before it is read.
    pub fn length(&self) -> Option<u64> {
        match self {
            Self::Named(path) | Self::Found(path) => std::fs::metadata(path)
                .ok()
                .filter(std::fs::Metadata::is_file)
                .map(|file| file.len()),
            Self::Standard => None,
        }
    }

    /// Whether it is judged by itself and reported part by part, so that memory does not grow with
    /// what is in it.
    pub fn is_large(&self) -> bool {
        self.length().is_none_or(|length| length > LARGE)
    }

    /// Reads and judges it; all there is to say at once.
    pub fn judge(&self, gate: &Gate, selection: &Selection) -> FileReport {
        let mut whole = FileReport::new(self.shown());
        let Ok(()) = self.judge_in_parts::<Infallible>(gate, selection, &mut |part| {
            whole.absorb(part);
            Ok(())
        });
        whole
    }

    /// Reads and judges it; some of it is judged, told of and forgotten at a time.
    pub fn judge_in_parts<E>(
        &self,
        gate: &Gate,
        selection: &Selection,
        say: &mut dyn FnMut(FileReport) -> Result<(), E>,
    ) -> Result<(), E> {
        let shown = self.shown();
        let mut skipped = false;
        // What is left out is named once in a file.
        let mut say = |mut part: FileReport| {
            if skipped {
                part.remarks.retain(|remark| !matches!(remark, Remark::Skipped { .. }));
            }
            skipped |= part.remarks.iter().any(|remark| matches!(remark, Remark::Skipped { .. }));
            say(part)
        };
        let reader = match self.open() {
            Ok(reader) => reader,
            Err(error) => return say(FileReport::unreadable(shown, error)),
        };
        let folder = self.folder();
        let judge = |piece: &Piece<'_>| judge(piece, &folder, gate, selection);
        let cores = rayon::current_num_threads();
        let least = SHARE.saturating_mul(cores);
        for window in Windows::new(shown.as_str(), reader, least, ITEMS) {
            let window = match window {
                Ok(window) => window,
                Err(error) => return say(FileReport::unreadable(shown, error)),
            };
            for pieces in window.pieces().chunks(PIECES.saturating_mul(cores)) {
                let parts: Vec<_> = pieces.par_iter().map(judge).collect();
                let mut report = FileReport::new(shown.as_str());
                for part in parts {
                    report.absorb(part);
                }
                say(report)?;
            }
        }
        Ok(())
    }

    fn open(&self) -> Result<Reader, SourceError> {
        let whole = |message: &str| SourceError::new(self.shown(), message);
        let cannot = |error| whole(&format!("cannot be read: {error}"));
        let mut reader = self.reader().map_err(cannot)?;
        let first = reader.first().map_err(cannot)?;
        if first.starts_with(b"PK\x03\x04") {
            return Err(whole("this looks like a saved Terraform plan")
                .with_help("show it as JSON: terraform show -json PLAN > plan.json"));
        }
        if first.starts_with(&[0x1f, 0x8b]) {
            return Err(whole("this is compressed").with_help("unpack it first"));
        }
        Ok(reader)
    }
}

/// One document that is broken does not lose the others.
fn judge(piece: &Piece<'_>, folder: &FilePath, gate: &Gate, selection: &Selection) -> FileReport {
    let mut report = FileReport::new(piece.file());
    report.bytes = piece.text().len();
    let Reading { documents, errors } = piece.read(&Options::default());
    for document in &documents {
        report.absorb(if plan::is_plan(&document.root) {
            plan::judge(piece.file(), document, folder, gate, selection)
        } else {
            manifest::judge(piece, document, gate)
        });
    }
    for error in errors {
        // What is no YAML may be a template of it.
        if piece.text().contains("{{") {
            report.skip(
                "a template, not a manifest yet",
                Some("render it first: helm template . | probity check -"),
            );
        } else {
            report.remarks.push(Remark::Error(error));
        }
    }
    report
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn folders_are_searched_in_order() {
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name);
        for name in ["b.yaml", "a.YML", "c.json", "d.txt", ".hidden.yaml"] {
            std::fs::write(at(name), "").unwrap();
        }
        std::fs::create_dir_all(at("sub/.git")).unwrap();
        std::fs::write(at("sub/e.yaml"), "").unwrap();
        std::fs::write(at("sub/.git/f.yaml"), "").unwrap();
        let inputs = collect(&[folder.path().to_owned(), at("d.txt"), "-".into()]).unwrap();
        let mut expected: Vec<_> = ["a.YML", "b.yaml", "c.json", "sub/e.yaml"]
            .map(|name| Input::Found(at(name)))
            .into_iter()
            .collect();
        expected.extend([Input::Named(at("d.txt")), Input::Standard]);
        assert_eq!(inputs, expected);
        assert!(collect(&[at("nothing")]).is_err());
    }
}
