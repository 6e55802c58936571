//! The one thing read out of a certificate here: when it ends.
//!
//! A walk over DER by tags and lengths; it neither validates nor trusts anything (the API server
//! does), it only feeds `/readyz`, a metric and the start-up line. Called by `identity`.

use time::{Date, Month, OffsetDateTime, PrimitiveDateTime, Time};

const SEQUENCE: u8 = 0x30;
const UTC_TIME: u8 = 0x17;
const GENERALIZED_TIME: u8 = 0x18;
const EXPLICIT_VERSION: u8 = 0xa0;

/// `notAfter` of a DER certificate; `None` where the bytes are no certificate.
pub(super) fn not_after(certificate: &[u8]) -> Option<OffsetDateTime> {
    let (tag, certificate, _) = element(certificate)?;
    let (inner, tbs, _) = element(certificate)?;
    if tag != SEQUENCE || inner != SEQUENCE {
        return None;
    }
    // version [0] (optional), serialNumber, signature, issuer, validity
    let (first, _, after_first) = element(tbs)?;
    let rest = if first == EXPLICIT_VERSION { skip(after_first)? } else { after_first };
    let (tag, validity, _) = element(skip(skip(rest)?)?)?;
    if tag != SEQUENCE {
        return None;
    }
    let (tag, text, _) = element(skip(validity)?)?;
    time_of(tag, text)
}

/// Tag, content and what follows the first element of `bytes`.
fn element(bytes: &[u8]) -> Option<(u8, &[u8], &[u8])> {
    let (&tag, rest) = bytes.split_first()?;
    let (&first, rest) = rest.split_first()?;
    let (length, rest) = if first < 0x80 {
        (usize::from(first), rest)
    } else {
        let count = usize::from(first & 0x7f);
        if count == 0 || count > 4 {
            return None;
        }
        let (digits, rest) = rest.split_at_checked(count)?;
        (digits.iter().fold(0, |length, digit| length << 8 | usize::from(*digit)), rest)
    };
    let (content, after) = rest.split_at_checked(length)?;
    Some((tag, content, after))
}

fn skip(bytes: &[u8]) -> Option<&[u8]> {
    element(bytes).map(|(_, _, after)| after)
}

fn time_of(tag: u8, text: &[u8]) -> Option<OffsetDateTime> {
    let text = std::str::from_utf8(text).ok()?;
    let (year, rest) = match tag {
        UTC_TIME => {
            let year: i32 = text.get(..2)?.parse().ok()?;
            (if year < 50 { 2000 + year } else { 1900 + year }, text.get(2..)?)
        }
        GENERALIZED_TIME => (text.get(..4)?.parse().ok()?, text.get(4..)?),
        _ => return None,
    };
    let pair = |at: usize| rest.get(at..at + 2)?.parse::<u8>().ok();
    let date = Date::from_calendar_date(year, Month::try_from(pair(0)?).ok()?, pair(2)?).ok()?;
    let time = Time::from_hms(pair(4)?, pair(6)?, pair(8)?).ok()?;
    (rest.get(10..)? == "Z").then(|| PrimitiveDateTime::new(date, time).assume_utc())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use time::macros::datetime;

    fn certificate(end: OffsetDateTime) -> Vec<u8> {
        let mut params = rcgen::CertificateParams::new(vec!["localhost".to_owned()]).unwrap();
        params.not_after = end;
        let key = rcgen::KeyPair::generate().unwrap();
        params.self_signed(&key).unwrap().der().to_vec()
    }

    #[test]
    fn finds_the_end_in_both_time_forms() {
        for end in [datetime!(2031-02-03 04:05:06 UTC), datetime!(2061-12-31 23:59:59 UTC)] {
            assert_eq!(not_after(&certificate(end)), Some(end));
        }
    }

    proptest! {
        #[test]
        fn damaged_certificates_never_panic(at in 0_usize..400, value in any::<u8>(), cut in 0_usize..400) {
            let mut bytes = certificate(datetime!(2031-02-03 04:05:06 UTC));
            let at = at % bytes.len();
            bytes[at] = value;
            let _ = not_after(&bytes);
            bytes.truncate(cut);
            let _ = not_after(&bytes);
        }
    }
}
