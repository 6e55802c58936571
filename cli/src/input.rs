//! Finds the files, opens them, and sees what they are. Called by `command::check`.

mod hcl;
mod manifest;
mod plan;

use std::{
    convert::Infallible,
    io::Read,
    path::{Path as FilePath, PathBuf},
};

use probity_catalog::source::{Options, Piece, Source, SourceError};
use rayon::prelude::*;

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

/// Pieces of one large file that are judged before the next are read.
const PIECES_AT_ONCE: usize = 256;

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

    fn bytes(&self) -> std::io::Result<Vec<u8>> {
        match self {
            Self::Named(path) | Self::Found(path) => std::fs::read(path),
            Self::Standard => {
                let mut bytes = Vec::new();
                std::io::stdin().lock().read_to_end(&mut bytes)?;
                Ok(bytes)
            }
        }
    }

    /// Whether it is judged by itself and reported part by part, so that memory does not grow with
    /// what is in it.
    pub fn is_large(&self) -> bool {
        match self {
            Self::Named(path) | Self::Found(path) => {
                std::fs::metadata(path).is_ok_and(|file| file.len() > LARGE)
            }
            Self::Standard => true,
        }
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

    /// Reads and judges it; of many documents some are judged, told of and forgotten at a time.
    pub fn judge_in_parts<E>(
        &self,
        gate: &Gate,
        selection: &Selection,
        say: &mut dyn FnMut(FileReport) -> Result<(), E>,
    ) -> Result<(), E> {
        let source = match self.open() {
            Ok(source) => source,
            Err(error) => {
                let mut report = FileReport::new(self.shown());
                report.remarks.push(Remark::Error(error));
                return say(report);
            }
        };
        match source.pieces().as_slice() {
            [piece] => say(match source.read_piece(*piece, &Options::default()) {
                Ok(documents) => match documents.as_slice() {
                    [document] if plan::is_plan(&document.root) => {
                        plan::judge(&source, document, &self.folder(), gate, selection)
                    }
                    documents => manifest::judge(&source, documents, gate),
                },
                Err(error) => unreadable(&source, *piece, error),
            }),
            pieces => judge_pieces(&source, pieces, gate, say),
        }
    }

    fn open(&self) -> Result<Source, SourceError> {
        let shown = self.shown();
        let whole = |message: String| SourceError::new(shown.as_str(), message);
        let bytes = self.bytes().map_err(|error| whole(format!("cannot be read: {error}")))?;
        if bytes.starts_with(b"PK\x03\x04") {
            return Err(whole("this looks like a saved Terraform plan".to_owned())
                .with_help("show it as JSON: terraform show -json PLAN > plan.json"));
        }
        if bytes.starts_with(&[0x1f, 0x8b]) {
            return Err(whole("this is compressed".to_owned()).with_help("unpack it first"));
        }
        Source::new(shown.as_str(), bytes)
    }
}

/// One document that is broken does not lose the others.
fn judge_pieces<E>(
    source: &Source,
    pieces: &[Piece],
    gate: &Gate,
    say: &mut dyn FnMut(FileReport) -> Result<(), E>,
) -> Result<(), E> {
    let judge = |piece: &Piece| match source.read_piece(*piece, &Options::default()) {
        Ok(documents) => manifest::judge(source, &documents, gate),
        Err(error) => unreadable(source, *piece, error),
    };
    let mut skipped = false;
    for some in pieces.chunks(PIECES_AT_ONCE) {
        let parts: Vec<_> = some.par_iter().map(judge).collect();
        let mut report = FileReport::new(source.file());
        for part in parts {
            report.absorb(part);
        }
        // What is left out is named once in a file.
        let is_skip = |remark: &Remark| matches!(remark, Remark::Skipped { .. });
        if skipped {
            report.remarks.retain(|remark| !is_skip(remark));
        }
        skipped |= report.remarks.iter().any(is_skip);
        say(report)?;
    }
    Ok(())
}

/// What is no YAML may be a template of it.
fn unreadable(source: &Source, piece: Piece, error: SourceError) -> FileReport {
    let mut report = FileReport::new(source.file());
    if source.text_of(piece).contains("{{") {
        report.skip(
            "a template, not a manifest yet",
            Some("render it first: helm template . | probity check -"),
        );
    } else {
        report.remarks.push(Remark::Error(error));
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
