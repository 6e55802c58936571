//! Fenced blocks of a Markdown file.

/// One block.
#[derive(Debug, Eq, PartialEq)]
pub(crate) struct Block {
    /// First word after the fence.
    pub(crate) language: String,
    /// The words after it.
    pub(crate) attributes: Vec<String>,
    pub(crate) text: String,
    /// Line of the opening fence.
    pub(crate) line: usize,
}

impl Block {
    /// The value of `name=value`.
    pub(crate) fn attribute(&self, name: &str) -> Option<&str> {
        self.attributes.iter().find_map(|word| word.strip_prefix(name)?.strip_prefix('='))
    }
}

/// All blocks, in order.
pub(crate) fn blocks(markdown: &str) -> Vec<Block> {
    let mut blocks = Vec::new();
    let mut lines = markdown.lines().enumerate();
    while let Some((at, line)) = lines.next() {
        let Some(info) = line.strip_prefix("```") else { continue };
        let mut words = info.split_whitespace().map(str::to_owned);
        let text = lines.by_ref().map(|(_, line)| line).take_while(|line| *line != "```");
        blocks.push(Block {
            language: words.next().unwrap_or_default(),
            attributes: words.collect(),
            text: text.flat_map(|line| [line, "\n"]).collect(),
            line: at + 1,
        });
    }
    blocks
}

#[test]
fn blocks_have_language_attributes_and_line() {
    let found = blocks("# T\n\n```sh exit=1\na\nb\n```\ntext\n```\nplain\n```\n");
    assert_eq!(found.len(), 2);
    assert_eq!((found[0].language.as_str(), found[0].text.as_str()), ("sh", "a\nb\n"));
    assert_eq!((found[0].attribute("exit"), found[0].attribute("file")), (Some("1"), None));
    assert_eq!((found[0].line, found[1].line), (3, 8));
    assert_eq!((found[1].language.as_str(), found[1].text.as_str()), ("", "plain\n"));
}
