//! Points in time and lengths of time. Nothing here reads a clock: both come from what is judged.

use chrono::{DateTime, Datelike, FixedOffset, NaiveDateTime, Offset, TimeZone, Timelike};
use chrono_tz::Tz;

use super::{Function, MISMATCH, Outcome, Returns, Sort, Tools, global, member};
use crate::value::{Duration, Kind, Timestamp, Value};

use Sort::{Int, String};

const TIMESTAMP: Sort = Sort::Plain(Kind::Timestamp);
const DURATION: Sort = Sort::Plain(Kind::Duration);

pub(super) static FUNCTIONS: &[Function] = &[
    global(
        "timestamp",
        &[String],
        Returns::Sort(TIMESTAMP),
        "a point in time as RFC 3339 writes it",
        "timestamp('2026-11-21T18:30:00Z') == timestamp('2026-11-21T19:30:00+01:00')",
        |tools, arguments| match arguments {
            [Value::String(text)] => match Timestamp::parse(text) {
                Some(time) => Ok(Value::Timestamp(time)),
                None => tools.fail(format_args!(
                    "{} is not a timestamp as in 2026-11-21T18:30:00Z",
                    Value::String(text)
                )),
            },
            _ => Err(MISMATCH),
        },
    )
    .linear()
    .checked(),
    global(
        "timestamp",
        &[Int],
        Returns::Sort(TIMESTAMP),
        "so many seconds after 1970",
        "timestamp(0) == timestamp('1970-01-01T00:00:00Z')",
        |tools, arguments| match arguments {
            [Value::Int(seconds)] => match Timestamp::from_seconds(*seconds) {
                Some(time) => Ok(Value::Timestamp(time)),
                None => tools.fail(format_args!("{seconds} seconds lie {OUTSIDE}")),
            },
            _ => Err(MISMATCH),
        },
    )
    .checked(),
    global(
        "timestamp",
        &[TIMESTAMP],
        Returns::Sort(TIMESTAMP),
        "the same",
        "timestamp(timestamp(0)) == timestamp(0)",
        |_, arguments| arguments.first().copied().ok_or(MISMATCH),
    ),
    global(
        "duration",
        &[String],
        Returns::Sort(DURATION),
        "a length of time: numbers with the units h, m, s, ms, us, ns",
        "duration('1h30m') == duration('5400s')",
        |tools, arguments| match arguments {
            [Value::String(text)] => match Duration::parse(text) {
                Some(duration) => Ok(Value::Duration(duration)),
                None => tools.fail(format_args!(
                    "{} is not a duration as in 1h30m, or longer than 292 years",
                    Value::String(text)
                )),
            },
            _ => Err(MISMATCH),
        },
    )
    .linear()
    .checked(),
    global(
        "duration",
        &[DURATION],
        Returns::Sort(DURATION),
        "the same",
        "duration(duration('1s')) == duration('1s')",
        |_, arguments| arguments.first().copied().ok_or(MISMATCH),
    ),
    global(
        "int",
        &[TIMESTAMP],
        Returns::Sort(Int),
        "whole seconds since 1970",
        "int(timestamp('1970-01-01T00:01:00Z')) == 60",
        |_, arguments| match arguments {
            [Value::Timestamp(time)] => Ok(Value::Int(time.seconds())),
            _ => Err(MISMATCH),
        },
    ),
    global(
        "int",
        &[DURATION],
        Returns::Sort(Int),
        "a length of time in nanoseconds",
        "int(duration('1us')) == 1000",
        |_, arguments| match arguments {
            [Value::Duration(duration)] => Ok(Value::Int(duration.nanos())),
            _ => Err(MISMATCH),
        },
    ),
    global(
        "string",
        &[TIMESTAMP],
        Returns::Sort(String),
        "as RFC 3339 writes it, in UTC",
        "string(timestamp(0)) == '1970-01-01T00:00:00Z'",
        written,
    ),
    global(
        "string",
        &[DURATION],
        Returns::Sort(String),
        "in seconds",
        "string(duration('1m0.5s')) == '60.5s'",
        written,
    ),
    global(
        "_+_",
        &[TIMESTAMP, DURATION],
        Returns::Sort(TIMESTAMP),
        "later",
        "timestamp(0) + duration('1m') == timestamp(60)",
        |_, arguments| match arguments {
            [Value::Timestamp(time), Value::Duration(duration)] => point(time.plus(*duration)),
            _ => Err(MISMATCH),
        },
    ),
    global(
        "_+_",
        &[DURATION, TIMESTAMP],
        Returns::Sort(TIMESTAMP),
        "later",
        "duration('1m') + timestamp(0) == timestamp(60)",
        |_, arguments| match arguments {
            [Value::Duration(duration), Value::Timestamp(time)] => point(time.plus(*duration)),
            _ => Err(MISMATCH),
        },
    ),
    global(
        "_+_",
        &[DURATION, DURATION],
        Returns::Sort(DURATION),
        "sum",
        "duration('1m') + duration('1s') == duration('61s')",
        |_, arguments| match arguments {
            [Value::Duration(a), Value::Duration(b)] => length(a.plus(*b)),
            _ => Err(MISMATCH),
        },
    ),
    global(
        "_-_",
        &[TIMESTAMP, DURATION],
        Returns::Sort(TIMESTAMP),
        "earlier",
        "timestamp(60) - duration('1m') == timestamp(0)",
        |_, arguments| match arguments {
            [Value::Timestamp(time), Value::Duration(duration)] => point(time.minus(*duration)),
            _ => Err(MISMATCH),
        },
    ),
    global(
        "_-_",
        &[TIMESTAMP, TIMESTAMP],
        Returns::Sort(DURATION),
        "how much later the first is",
        "timestamp(60) - timestamp(0) == duration('1m')",
        |_, arguments| match arguments {
            [Value::Timestamp(a), Value::Timestamp(b)] => length(a.since(*b)),
            _ => Err(MISMATCH),
        },
    ),
    global(
        "_-_",
        &[DURATION, DURATION],
        Returns::Sort(DURATION),
        "difference",
        "duration('1m') - duration('1s') == duration('59s')",
        |_, arguments| match arguments {
            [Value::Duration(a), Value::Duration(b)] => length(a.minus(*b)),
            _ => Err(MISMATCH),
        },
    ),
    getter("getFullYear", "the year", "timestamp(0).getFullYear() == 1970", year),
    zoned("getFullYear", "timestamp(0).getFullYear('America/New_York') == 1969", year),
    getter("getMonth", "the month, from 0", "timestamp(0).getMonth() == 0", month),
    zoned("getMonth", "timestamp(0).getMonth('-01:00') == 11", month),
    getter("getDate", "the day of the month, from 1", "timestamp(0).getDate() == 1", date),
    zoned("getDate", "timestamp(0).getDate('-01:00') == 31", date),
    getter(
        "getDayOfMonth",
        "the day of the month, from 0",
        "timestamp(0).getDayOfMonth() == 0",
        day_of_month,
    ),
    zoned("getDayOfMonth", "timestamp(0).getDayOfMonth('-01:00') == 30", day_of_month),
    getter(
        "getDayOfYear",
        "the day of the year, from 0",
        "timestamp(0).getDayOfYear() == 0",
        day_of_year,
    ),
    zoned("getDayOfYear", "timestamp(0).getDayOfYear('-01:00') == 364", day_of_year),
    getter(
        "getDayOfWeek",
        "the day of the week, from Sunday as 0",
        "timestamp(0).getDayOfWeek() == 4",
        day_of_week,
    ),
    zoned("getDayOfWeek", "timestamp(0).getDayOfWeek('-01:00') == 3", day_of_week),
    getter("getHours", "the hour", "timestamp(3600).getHours() == 1", hours),
    zoned("getHours", "timestamp('2026-07-01T12:00:00Z').getHours('Europe/London') == 13", hours),
    getter("getMinutes", "the minute", "timestamp(60).getMinutes() == 1", minutes),
    zoned("getMinutes", "timestamp(60).getMinutes('+05:30') == 31", minutes),
    getter("getSeconds", "the second", "timestamp(61).getSeconds() == 1", seconds),
    zoned("getSeconds", "timestamp(61).getSeconds('UTC') == 1", seconds),
    getter(
        "getMilliseconds",
        "the millisecond of the second",
        "timestamp('1970-01-01T00:00:00.5Z').getMilliseconds() == 500",
        milliseconds,
    ),
    zoned(
        "getMilliseconds",
        "timestamp('1970-01-01T00:00:00.5Z').getMilliseconds('UTC') == 500",
        milliseconds,
    ),
    part(
        "getHours",
        "the whole of it in hours",
        "duration('90m').getHours() == 1",
        |tools, all| units(tools, all, 3_600_000_000_000),
    ),
    part(
        "getMinutes",
        "the whole of it in minutes",
        "duration('90m').getMinutes() == 90",
        |tools, all| units(tools, all, 60_000_000_000),
    ),
    part(
        "getSeconds",
        "the whole of it in seconds",
        "duration('1m').getSeconds() == 60",
        |tools, all| units(tools, all, 1_000_000_000),
    ),
    part(
        "getMilliseconds",
        "the whole of it in milliseconds",
        "duration('1s').getMilliseconds() == 1000",
        |tools, all| units(tools, all, 1_000_000),
    ),
];

const OUTSIDE: &str = "outside of the years 1 to 9999";
const TOO_LONG: &str = "the duration is longer than 292 years";

const fn getter(
    name: &'static str,
    doc: &'static str,
    example: &'static str,
    body: super::Strict,
) -> Function {
    member(name, &[TIMESTAMP], Returns::Sort(Int), doc, example, body)
}

const fn zoned(name: &'static str, example: &'static str, body: super::Strict) -> Function {
    const DOC: &str = "the same in a time zone: its IANA name, or an offset such as +05:30";
    member(name, &[TIMESTAMP, String], Returns::Sort(Int), DOC, example, body)
}

const fn part(
    name: &'static str,
    doc: &'static str,
    example: &'static str,
    body: super::Strict,
) -> Function {
    member(name, &[DURATION], Returns::Sort(Int), doc, example, body)
}

fn point<'a>(time: Option<Timestamp>) -> Outcome<'a> {
    time.map(Value::Timestamp).ok_or("the timestamp lies outside of the years 1 to 9999")
}

fn length<'a>(duration: Option<Duration>) -> Outcome<'a> {
    duration.map(Value::Duration).ok_or(TOO_LONG)
}

fn written<'a>(tools: &mut Tools<'a>, arguments: &[Value<'a>]) -> Outcome<'a> {
    arguments.first().map(|time| Value::String(tools.write(format_args!("{time}")))).ok_or(MISMATCH)
}

fn units<'a>(_: &mut Tools<'a>, arguments: &[Value<'a>], nanos: i64) -> Outcome<'a> {
    match arguments {
        [Value::Duration(duration)] => Ok(Value::Int(duration.nanos() / nanos)),
        _ => Err(MISMATCH),
    }
}

fn year<'a>(tools: &mut Tools<'a>, arguments: &[Value<'a>]) -> Outcome<'a> {
    field(tools, arguments, |time| i64::from(time.year()))
}

fn month<'a>(tools: &mut Tools<'a>, arguments: &[Value<'a>]) -> Outcome<'a> {
    field(tools, arguments, |time| i64::from(time.month0()))
}

fn date<'a>(tools: &mut Tools<'a>, arguments: &[Value<'a>]) -> Outcome<'a> {
    field(tools, arguments, |time| i64::from(time.day()))
}

fn day_of_month<'a>(tools: &mut Tools<'a>, arguments: &[Value<'a>]) -> Outcome<'a> {
    field(tools, arguments, |time| i64::from(time.day0()))
}

fn day_of_year<'a>(tools: &mut Tools<'a>, arguments: &[Value<'a>]) -> Outcome<'a> {
    field(tools, arguments, |time| i64::from(time.ordinal0()))
}

fn day_of_week<'a>(tools: &mut Tools<'a>, arguments: &[Value<'a>]) -> Outcome<'a> {
    field(tools, arguments, |time| i64::from(time.weekday().num_days_from_sunday()))
}

fn hours<'a>(tools: &mut Tools<'a>, arguments: &[Value<'a>]) -> Outcome<'a> {
    field(tools, arguments, |time| i64::from(time.hour()))
}

fn minutes<'a>(tools: &mut Tools<'a>, arguments: &[Value<'a>]) -> Outcome<'a> {
    field(tools, arguments, |time| i64::from(time.minute()))
}

fn seconds<'a>(tools: &mut Tools<'a>, arguments: &[Value<'a>]) -> Outcome<'a> {
    field(tools, arguments, |time| i64::from(time.second()))
}

fn milliseconds<'a>(tools: &mut Tools<'a>, arguments: &[Value<'a>]) -> Outcome<'a> {
    field(tools, arguments, |time| i64::from(time.nanosecond() / 1_000_000))
}

/// What a clock on the wall shows, in UTC or in a zone.
fn field<'a>(
    tools: &mut Tools<'a>,
    arguments: &[Value<'a>],
    read: impl Fn(NaiveDateTime) -> i64,
) -> Outcome<'a> {
    let shown = match arguments {
        [Value::Timestamp(time)] => time.utc().naive_utc(),
        [Value::Timestamp(time), Value::String(zone)] => match local(time.utc(), zone) {
            Some(shown) => shown,
            None => {
                return tools.fail(format_args!(
                    "{} is not a time zone as in Europe/London or +05:30",
                    Value::String(zone)
                ));
            }
        },
        _ => return Err(MISMATCH),
    };
    Ok(Value::Int(read(shown)))
}

fn local(time: DateTime<chrono::Utc>, zone: &str) -> Option<NaiveDateTime> {
    let offset = match zone.split_once(':') {
        Some((hours, minutes)) => offset(hours, minutes)?,
        None if zone.is_empty() => FixedOffset::east_opt(0)?,
        None => zone.parse::<Tz>().ok()?.offset_from_utc_datetime(&time.naive_utc()).fix(),
    };
    time.naive_utc().checked_add_offset(offset)
}

/// `+05:30`, `-02:00`, `2:00`: numbers of hours and minutes, less than a day.
fn offset(hours: &str, minutes: &str) -> Option<FixedOffset> {
    let is_west = hours.starts_with('-');
    let (hours, minutes): (i32, i32) = (hours.parse().ok()?, minutes.parse().ok()?);
    let seconds = hours.checked_mul(3600)?;
    let more = minutes.checked_mul(60)?;
    FixedOffset::east_opt(if is_west {
        seconds.checked_sub(more)?
    } else {
        seconds.checked_add(more)?
    })
}
