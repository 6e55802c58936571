//! Where output goes: the report to `out`, all else to `err`; colour where it is wanted.

use std::{
    fmt::Display,
    io::{self, BufWriter, IsTerminal, Write},
};

use anstyle::{AnsiColor, Style};
use probity_catalog::{
    LoadError, LoadErrors, SettingsErrors, settings::SettingsError, source::SourceError,
    value::legible,
};

use crate::Failure;

/// When to colour.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum)]
pub enum Color {
    /// On a terminal, unless `NO_COLOR` says no.
    #[default]
    Auto,
    /// Even into a file.
    Always,
    /// Not at all.
    Never,
}

/// The streams of a run.
pub struct Terminal<'t> {
    /// For the report, and nothing else.
    pub out: &'t mut dyn Write,
    /// For everything else.
    pub err: &'t mut dyn Write,
    /// How the report is coloured.
    pub palette: Palette,
    /// Whether a person watches `err`.
    pub watched: bool,
    pub(crate) err_palette: Palette,
}

impl<'t> Terminal<'t> {
    /// Streams without a person behind them.
    pub fn new(out: &'t mut dyn Write, err: &'t mut dyn Write, palette: Palette) -> Self {
        Self { out, err, palette, watched: false, err_palette: palette }
    }

    /// Runs with the process's own streams.
    pub fn with_standard_streams<T>(color: Color, run: impl FnOnce(&mut Terminal<'_>) -> T) -> T {
        let (stdout, stderr) = (io::stdout(), io::stderr());
        let palette = |choice| match (color, choice) {
            (Color::Never, _) | (Color::Auto, anstream::ColorChoice::Never) => Palette::PLAIN,
            (Color::Always | Color::Auto, _) => Palette::COLORED,
        };
        let mut terminal = Terminal {
            palette: palette(anstream::AutoStream::choice(&stdout)),
            err_palette: palette(anstream::AutoStream::choice(&stderr)),
            watched: stderr.is_terminal(),
            out: &mut BufWriter::with_capacity(64 * 1024, stdout.lock()),
            err: &mut stderr.lock(),
        };
        run(&mut terminal)
    }

    pub(crate) fn complain(&mut self, failure: &Failure) -> io::Result<()> {
        self.out.flush()?;
        let palette = self.err_palette;
        let mistakes = match failure {
            Failure::Catalog(LoadErrors(mistakes)) => mistakes,
            Failure::Settings(SettingsErrors(mistakes)) => return self.settings(mistakes),
            _ => return writeln!(self.err, "{}: {failure}", palette.error("error")),
        };
        for LoadError { control, source } in mistakes {
            let about = control.as_ref().map(|id| format!("[{id}]")).unwrap_or_default();
            mistake(self.err, palette, &format!("error{about}"), source)?;
            writeln!(self.err)?;
        }
        let count = mistakes.len();
        writeln!(
            self.err,
            "{count} {} in the catalog",
            if count == 1 { "mistake" } else { "mistakes" }
        )
    }
}

impl Terminal<'_> {
    /// Mistakes in settings; those of flags have no place.
    fn settings(&mut self, mistakes: &[SettingsError]) -> io::Result<()> {
        let palette = self.err_palette;
        for (index, error) in mistakes.iter().enumerate() {
            if index > 0 {
                writeln!(self.err)?;
            }
            match &error.at {
                Some(source) => mistake(self.err, palette, "error", source)?,
                None => writeln!(self.err, "{}: {error}", palette.error("error"))?,
            }
        }
        Ok(())
    }
}

/// A mistake in a file, as findings are shown.
pub(crate) fn mistake(
    out: &mut dyn Write,
    palette: Palette,
    label: &str,
    mistake: &SourceError,
) -> io::Result<()> {
    let SourceError { file, line, column, message, help, snippet } = mistake;
    let gutter = " ".repeat(line.to_string().len());
    let bar = palette.frame("|");
    writeln!(out, "{}: {}", palette.error(label), palette.strong(legible(message)))?;
    let file = legible(file);
    let place = if *line == 0 { file.into_owned() } else { format!("{file}:{line}:{column}") };
    writeln!(out, "{gutter} {} {place}", palette.frame("-->"))?;
    if let Some(snippet) = snippet {
        let (pad, carets) = snippet.underlined();
        writeln!(out, "{gutter} {bar}")?;
        writeln!(out, "{} {bar} {}", palette.frame(line), snippet.text)?;
        writeln!(out, "{gutter} {bar} {pad}{}", palette.error(carets))?;
    }
    if let Some(help) = help {
        writeln!(out, "{gutter} {} help: {}", palette.frame("="), legible(help))?;
    }
    Ok(())
}

/// The colours of a report, or none.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Palette {
    colored: bool,
}

impl Palette {
    /// With colours.
    pub const COLORED: Self = Self { colored: true };
    /// Without.
    pub const PLAIN: Self = Self { colored: false };

    /// What refuses.
    pub fn error(self, text: impl Display) -> String {
        self.paint(AnsiColor::Red.on_default().bold(), text)
    }

    /// What warns.
    pub fn warning(self, text: impl Display) -> String {
        self.paint(AnsiColor::Yellow.on_default().bold(), text)
    }

    /// What is only said.
    pub fn note(self, text: impl Display) -> String {
        self.paint(AnsiColor::Cyan.on_default().bold(), text)
    }

    /// What is in order.
    pub fn good(self, text: impl Display) -> String {
        self.paint(AnsiColor::Green.on_default().bold(), text)
    }

    /// What stands out.
    pub fn strong(self, text: impl Display) -> String {
        self.paint(Style::new().bold(), text)
    }

    /// Frames and labels.
    pub fn frame(self, text: impl Display) -> String {
        self.paint(AnsiColor::Blue.on_default().bold(), text)
    }

    fn paint(self, style: Style, text: impl Display) -> String {
        if self.colored { format!("{style}{text}{style:#}") } else { text.to_string() }
    }
}
