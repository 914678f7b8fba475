//! What is shown once of a new device: its seed in base32 (RFC 4648) and as a QR code in PNG.

use crypto::SecretString;
use zeroize::Zeroizing;

/// How wide a module of the QR code is, in pixels.
const SCALE: usize = 4;
/// How wide the light border is, in modules (ISO/IEC 18004).
const QUIET: usize = 4;

const ALPHABET: &[u8; 32] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";

/// Bytes in base32, without padding: for seeds whose length is a multiple of five, as ours are, none is due.
#[must_use]
pub fn base32(bytes: &[u8]) -> SecretString {
    let mut text = String::with_capacity(bytes.len().saturating_mul(8).div_ceil(5));
    for chunk in bytes.chunks(5) {
        let mut block = [0_u8; 8];
        block
            .iter_mut()
            .skip(3)
            .zip(chunk)
            .for_each(|(to, from)| *to = *from);
        let bits = u64::from_be_bytes(block);
        let letters = (chunk.len() * 8).div_ceil(5);
        for place in 0..letters {
            let index = (bits >> (35 - 5 * place)) & 31;
            let letter = usize::try_from(index)
                .ok()
                .and_then(|index| ALPHABET.get(index))
                .copied();
            text.push(char::from(letter.unwrap_or(b'A')));
        }
    }
    SecretString::new(text)
}

/// The QR code of a text in PNG, black on white, 1 bit a pixel; `None` where the text is too long for one.
#[must_use]
pub fn png(text: &SecretString) -> Option<Vec<u8>> {
    let code = qrcode::QrCode::new(text.expose().as_bytes()).ok()?;
    let modules = code.width();
    let side = (modules + 2 * QUIET) * SCALE;
    let colors = code.into_colors();
    let row_bytes = side.div_ceil(8);
    let mut pixels = Zeroizing::new(Vec::with_capacity(row_bytes * side));
    for row in 0..side {
        for byte in 0..row_bytes {
            let mut bits = 0_u8;
            for bit in 0..8 {
                let light = !dark(&colors, modules, row / SCALE, (byte * 8 + bit) / SCALE);
                bits = bits << 1 | u8::from(light);
            }
            pixels.push(bits);
        }
    }
    let mut image = Vec::new();
    let side = u32::try_from(side).ok()?;
    let mut encoder = png::Encoder::new(&mut image, side, side);
    encoder.set_color(png::ColorType::Grayscale);
    encoder.set_depth(png::BitDepth::One);
    let mut writer = encoder.write_header().ok()?;
    writer.write_image_data(&pixels).ok()?;
    writer.finish().ok()?;
    Some(image)
}

fn dark(colors: &[qrcode::Color], modules: usize, row: usize, column: usize) -> bool {
    let (Some(row), Some(column)) = (row.checked_sub(QUIET), column.checked_sub(QUIET)) else {
        return false;
    };
    row < modules
        && column < modules
        && colors.get(row * modules + column) == Some(&qrcode::Color::Dark)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn base32_is_that_of_rfc_4648() {
        for (bytes, text) in [
            ("", ""),
            ("f", "MY"),
            ("fo", "MZXQ"),
            ("foo", "MZXW6"),
            ("foob", "MZXW6YQ"),
            ("fooba", "MZXW6YTB"),
        ] {
            assert_eq!(base32(bytes.as_bytes()).expose(), text);
        }
        assert_eq!(base32(&[0xff; 40]).expose(), "7".repeat(64));
    }

    #[test]
    fn a_code_is_a_square_png_with_a_border() {
        let image = png(&SecretString::new(
            "otpauth://totp/a@b?secret=MZXW6YTB".into(),
        ))
        .unwrap();
        let decoder = png::Decoder::new(std::io::Cursor::new(&image));
        let mut reader = decoder.read_info().unwrap();
        let (width, height) = reader.info().size();
        assert_eq!(width, height);
        let mut pixels = vec![0; reader.output_buffer_size().unwrap()];
        reader.next_frame(&mut pixels).unwrap();
        assert!(
            pixels
                .iter()
                .take((width as usize).div_ceil(8) * QUIET * SCALE)
                .all(|byte| *byte == 0xff)
        );
        assert!(pixels.iter().any(|byte| *byte != 0xff));
        assert!(png(&SecretString::new("a".repeat(10_000))).is_none());
    }
}
