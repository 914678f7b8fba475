//! Where a statement stands in its document, as AWS counts it.

use crate::api::types::Position;
use policy::Document;

/// The beginning and the end of each statement, found in one pass over the text.
///
/// AWS counts from 1, in characters. A statement begins where what is before it ends: the bracket that opens the
/// list or the statement before it; one that stands alone begins behind its own brace. It ends behind its last brace.
pub(crate) fn all(text: &str, document: &Document) -> Vec<(Position, Position)> {
    let mut cursor = Cursor::default();
    let mut end = None;
    let mut positions = Vec::with_capacity(document.statements().len());
    for statement in document.statements() {
        let begin = match end.take() {
            Some(end) => end,
            None => cursor.move_to(text, opening(text, statement.span.start)),
        };
        let last = cursor.move_to(text, statement.span.end);
        end = Some(last.clone());
        positions.push((begin, last));
    }
    positions
}

/// The end of what opens the first statement.
fn opening(text: &str, start: usize) -> usize {
    let before = text.get(..start).unwrap_or_default().trim_end();
    if before.ends_with('[') {
        before.len()
    } else {
        start + 1
    }
}

/// A place in a text that only moves on.
#[derive(Default)]
struct Cursor {
    offset: usize,
    line: i32,
    column: i32,
}

impl Cursor {
    fn move_to(&mut self, text: &str, offset: usize) -> Position {
        for letter in text.get(self.offset..offset).unwrap_or_default().chars() {
            if letter == '\n' {
                self.line = self.line.saturating_add(1);
                self.column = 0;
            } else {
                self.column = self.column.saturating_add(1);
            }
        }
        self.offset = offset;
        Position {
            line: Some(self.line.saturating_add(1)),
            column: Some(self.column.saturating_add(1)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use policy::DocumentKind;

    /// `(line, column)` of beginning and end.
    fn positions(text: &str, statement: usize) -> [(i32, i32); 2] {
        let document = policy::parse(text, DocumentKind::Inline).unwrap();
        let (start, end) = all(text, &document).swap_remove(statement);
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
