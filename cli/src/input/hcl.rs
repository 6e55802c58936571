//! Finds a resource's attribute in the `.tf` files of a folder, for messages only: a scanner that
//! knows strings, comments, here-documents and braces, and no more of the language.
//!
//! Called by the reader of plans. Where it finds nothing, the message names the address alone.

mod tokens;

use std::{
    collections::HashMap,
    path::{Path as FilePath, PathBuf},
};

use probity_catalog::{
    Path,
    source::{Source, Span},
    value::Segment,
};

use self::tokens::{Kind, Token, tokens};
use crate::report::Place;

/// The files of the folders asked for, read once.
#[derive(Default)]
pub(super) struct Folders(HashMap<PathBuf, Vec<File>>);

struct File {
    source: Source,
    tokens: Vec<Token>,
}

impl Folders {
    /// The place of an attribute, or of what is nearest above it in the resource's block.
    pub(super) fn find(
        &mut self,
        folder: &FilePath,
        kind: &str,
        name: &str,
        path: &Path,
    ) -> Option<Place> {
        let files = self.0.entry(folder.to_owned()).or_insert_with(|| read(folder));
        files.iter().find_map(|file| file.find(kind, name, path))
    }
}

fn read(folder: &FilePath) -> Vec<File> {
    let shown = if folder.as_os_str().is_empty() { FilePath::new(".") } else { folder };
    let Ok(entries) = std::fs::read_dir(shown) else { return Vec::new() };
    let mut paths: Vec<_> = entries.flatten().map(|entry| entry.path()).collect();
    paths.retain(|path| path.extension().is_some_and(|extension| extension == "tf"));
    paths.sort();
    let open = |path: PathBuf| {
        let bytes = std::fs::read(&path).ok()?;
        let shown = tidy(&path).display().to_string();
        let source = Source::new(shown, bytes).ok()?;
        let tokens = tokens(source.text());
        Some(File { source, tokens })
    };
    paths.into_iter().filter_map(open).collect()
}

/// `./modules/a/../b` as `modules/b`.
fn tidy(path: &FilePath) -> PathBuf {
    use std::path::Component;
    path.components().fold(PathBuf::new(), |mut tidy, component| {
        match component {
            Component::CurDir => {}
            Component::ParentDir
                if matches!(tidy.components().next_back(), Some(Component::Normal(_))) =>
            {
                tidy.pop();
            }
            other => tidy.push(other),
        }
        tidy
    })
}

impl File {
    fn find(&self, kind: &str, name: &str, path: &Path) -> Option<Place> {
        let header = self.header(kind, name)?;
        let mut place = self.span(header, header + 2)?;
        let mut exact = path.is_root();
        let mut body = header + 4;
        for segment in path.segments() {
            // An element of a list is shown at its attribute.
            let Segment::Field(field) = segment else { break };
            exact = false;
            let Some(at) = self.attribute(body, field) else { break };
            let value = match self.kind(at + 1) {
                Some(Kind::Other('=' | ':')) => at + 2,
                _ => at + 1,
            };
            place = self.value_span(at, value)?;
            exact = true;
            match self.kind(value) {
                Some(Kind::Open) => body = value + 1,
                _ => break,
            }
        }
        Place::new(self.source.file(), place, self.source.snippet(place), exact)
    }

    /// The index of the word `resource` of a block.
    fn header(&self, kind: &str, name: &str) -> Option<usize> {
        let text = |index: usize| self.text(index);
        (0..self.tokens.len()).find(|index| {
            text(*index) == Some("resource")
                && text(index + 1).map(|text| text.trim_matches('"')) == Some(kind)
                && text(index + 2).map(|text| text.trim_matches('"')) == Some(name)
                && self.kind(index + 3) == Some(Kind::Open)
        })
    }

    /// The index of an attribute's or a block's name in the body that starts at an index.
    fn attribute(&self, body: usize, name: &str) -> Option<usize> {
        let mut depth = 0_usize;
        for (index, token) in self.tokens.iter().enumerate().skip(body) {
            match token.kind {
                Kind::Open => depth += 1,
                Kind::Close if depth == 0 => return None,
                Kind::Close => depth -= 1,
                Kind::Word | Kind::String if depth == 0 => {
                    let assigned =
                        matches!(self.kind(index + 1), Some(Kind::Open | Kind::Other('=' | ':')));
                    if assigned
                        && self.text(index).is_some_and(|text| text.trim_matches('"') == name)
                    {
                        return Some(index);
                    }
                }
                _ => {}
            }
        }
        None
    }

    fn kind(&self, index: usize) -> Option<Kind> {
        self.tokens.get(index).map(|token| token.kind)
    }

    fn text(&self, index: usize) -> Option<&str> {
        self.source.text().get(self.tokens.get(index)?.span.range())
    }

    fn span(&self, first: usize, last: usize) -> Option<Span> {
        let (first, last) = (self.tokens.get(first)?.span, self.tokens.get(last)?.span);
        Some(Span { end: last.end, ..first })
    }

    /// The value as far as it stands on its first line; the name where it opens a block.
    fn value_span(&self, name: usize, value: usize) -> Option<Span> {
        if matches!(self.kind(value), Some(Kind::Open) | None) {
            return self.span(name, name);
        }
        let line = self.tokens.get(value)?.span.line;
        let last = (value..self.tokens.len())
            .take_while(|index| {
                let token = self.tokens.get(*index);
                token.is_some_and(|token| token.span.line == line && token.kind != Kind::Close)
            })
            .last()?;
        self.span(value, last)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MAIN: &str = r#"# resource "probity_s3_bucket" "ledger" {}
resource "probity_s3_bucket" "other" { versioning = true }

resource "probity_s3_bucket" "ledger" {
  name = "x-${var.a["versioning = true"]}" /* versioning = 1 */
  policy = <<-EOT
    versioning = "here }"
    EOT
  public_access_block = {
    block_public_acls = false, ignore_public_acls : true
  }
  object_lock {
    mode = "GOVERNANCE"
  }
  tags       = { "a.b" = 1 }
  versioning = !true # no
}
"#;

    #[test]
    fn attributes_are_found_at_their_values() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("main.tf"), MAIN).unwrap();
        std::fs::write(folder.path().join("broken.tf"), "resource \"x\" {{{ \"").unwrap();
        let mut folders = Folders::default();
        let mut find = |path: &str| {
            let path = Path::parse(path).unwrap();
            let place = folders.find(folder.path(), "probity_s3_bucket", "ledger", &path)?;
            let skip = usize::try_from(place.column - 1).unwrap();
            assert_eq!(place.snippet.indent, skip);
            let snippet = &place.snippet;
            let shown: String = snippet.text.chars().skip(skip).take(snippet.width).collect();
            Some((place.line, shown, place.exact))
        };
        let place = |line, text: &str, exact| Some((line, text.to_owned(), exact));
        assert_eq!(find("versioning"), place(16, "!true", true));
        assert_eq!(
            find("public_access_block.block_public_acls"),
            place(10, "false, ignore_public_acls : true", true)
        );
        assert_eq!(find("public_access_block.ignore_public_acls"), place(10, "true", true));
        assert_eq!(find("public_access_block.restrict"), place(9, "public_access_block", false));
        assert_eq!(find("object_lock.mode"), place(13, "\"GOVERNANCE\"", true));
        assert_eq!(find("tags[\"a.b\"]"), place(15, "1", true));
        assert_eq!(
            find("kms_key_arn"),
            place(4, "resource \"probity_s3_bucket\" \"ledger\"", false)
        );
        let path = Path::root();
        assert_eq!(folders.find(folder.path(), "probity_s3_bucket", "nobody", &path), None);
    }

    #[test]
    fn paths_are_shown_without_detours() {
        assert_eq!(
            tidy(FilePath::new("./modules/a/../b/main.tf")),
            PathBuf::from("modules/b/main.tf")
        );
        assert_eq!(tidy(FilePath::new("../x/main.tf")), PathBuf::from("../x/main.tf"));
    }
}
