//! Where a statement stands in its document, as AWS counts it.

use super::source::Written;
use crate::api::types::Position;

/// The beginning and the end of a statement; `None` where the document has no such statement.
///
/// AWS counts from 1, in characters. A statement begins where what is before it ends: the bracket that opens the
/// list or the statement before it; one that stands alone begins behind its own brace. It ends behind its last brace.
pub(crate) fn of(written: &Written, statement: usize) -> Option<(Position, Position)> {
    let statements = written.document.statements();
    let span = &statements.get(statement)?.span;
    let before = match statement.checked_sub(1) {
        Some(previous) => statements.get(previous)?.span.end,
        None => opening(&written.text, span.start)?,
    };
    Some((at(&written.text, before)?, at(&written.text, span.end)?))
}

/// The end of what opens the first statement.
fn opening(text: &str, start: usize) -> Option<usize> {
    let before = text.get(..start)?.trim_end();
    Some(if before.ends_with('[') {
        before.len()
    } else {
        start + 1
    })
}

fn at(text: &str, offset: usize) -> Option<Position> {
    let before = text.get(..offset)?;
    let line = before.matches('\n').count() + 1;
    let column = before.rsplit('\n').next()?.chars().count() + 1;
    Some(Position {
        line: i32::try_from(line).ok(),
        column: i32::try_from(column).ok(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use policy::DocumentKind;

    /// `(line, column)` of beginning and end.
    fn positions(text: &str, statement: usize) -> [(i32, i32); 2] {
        let written = Written {
            text: text.into(),
            document: policy::parse(text, DocumentKind::Inline).unwrap(),
        };
        let (start, end) = of(&written, statement).unwrap();
        let pair = |position: Position| (position.line.unwrap(), position.column.unwrap());
        [pair(start), pair(end)]
    }

    #[test]
    fn a_statement_alone_as_in_aws_example() {
        // "simulate-custom-policy", AWS CLI Command Reference.
        let text = r#"{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"dynamodb:*","Resource":"*","Condition":{"DateGreaterThan":{"aws:CurrentTime":"2018-08-16T12:00:00Z"}}}}"#;
        assert_eq!(positions(text, 0), [(1, 38), (1, 167)]);
    }

    #[test]
    fn a_list_of_statements() {
        let text = "{\n  \"Version\": \"2012-10-17\",\n  \"Statement\": [\n    {\n      \"Effect\": \"Allow\",\n      \"Action\": \"*\",\n      \"Resource\": \"*\"\n    },\n    {\"Effect\":\"Deny\",\"Action\":\"é\",\"Resource\":\"*\"}]\n}";
        let text = text.replace('é', "s3:é");
        // AWS answers these for its AdministratorAccess, which is written so.
        assert_eq!(positions(&text, 0), [(3, 17), (8, 6)]);
        assert_eq!(positions(&text, 1), [(8, 6), (9, 53)]);
    }
}
