//! Output file names. An uploaded name is a stranger's text: it lends its
//! letters to the output names and nothing else - no directory, no drive, no
//! control character, no extension that contradicts the bytes.

use super::format::Format;
use super::size::Size;

/// The longest stem in bytes. File systems allow 255 bytes for a whole name;
/// this leaves room for `_65535x65535.jpeg` and for temporary suffixes even on
/// encrypted ones, which allow 143.
const MAX_STEM: usize = 100;

/// The stem used when a name has no usable letter.
const FALLBACK_STEM: &str = "image";

/// `name_128x128.ext` for the thumbnail that fits `size`.
pub fn thumbnail_name(file_name: &str, format: Format, size: Size) -> String {
    let (stem, extension) = parts(file_name, format);
    format!("{stem}_{size}.{extension}")
}

/// The safe form of the uploaded name, with an extension that fits the bytes.
pub fn original_name(file_name: &str, format: Format) -> String {
    let (stem, extension) = parts(file_name, format);
    format!("{stem}.{extension}")
}

/// `name.zip`.
pub fn archive_name(file_name: &str) -> String {
    format!("{}.zip", split(file_name).0)
}

/// The safe stem, and the extension: the sender's when it is usual for the
/// format, otherwise the format's first.
fn parts(file_name: &str, format: Format) -> (String, &'static str) {
    let (stem, claimed) = split(file_name);
    let known = format.extensions();
    let extension = known
        .iter()
        .find(|known| claimed.eq_ignore_ascii_case(known))
        .unwrap_or(&known[0]);
    (stem, extension)
}

/// A safe stem and the extension the sender wrote, if any.
fn split(file_name: &str) -> (String, &str) {
    // Both separators everywhere: a name may come from the other system.
    let last = file_name.rsplit(['/', '\\']).next().unwrap_or_default();
    let last = last.trim_end_matches(|c: char| c == '.' || !is_safe(c) || c.is_whitespace());
    match last.rsplit_once('.') {
        Some((stem, extension)) if is_extension(extension) => (safe_stem(stem), extension),
        _ => (safe_stem(last), ""),
    }
}

/// A few letters or digits, not all digits: `jpeg`, `mp4`, but not the `5` of
/// `holiday 1.5`.
fn is_extension(text: &str) -> bool {
    (1..=5).contains(&text.len())
        && text.bytes().all(|b| b.is_ascii_alphanumeric())
        && text.bytes().any(|b| b.is_ascii_alphabetic())
}

/// Whether a character may stand in a file name on any system: not a control
/// character, nothing that turns the direction of the text around (which can
/// disguise an extension), nothing a shell or Windows gives a meaning.
fn is_safe(c: char) -> bool {
    !c.is_control()
        && !matches!(c, '<' | '>' | ':' | '"' | '/' | '\\' | '|' | '?' | '*')
        && !matches!(
            c,
            '\u{200B}' | '\u{200E}' | '\u{200F}' | '\u{061C}' | '\u{FEFF}'
        )
        && !matches!(c, '\u{2028}'..='\u{202E}' | '\u{2066}'..='\u{2069}' | '\u{FFF9}'..='\u{FFFD}')
}

/// The stem with unsafe characters dropped, inner runs of dots and of white
/// space narrowed to one, cut to [`MAX_STEM`] bytes between characters.
fn safe_stem(stem: &str) -> String {
    let mut safe = String::with_capacity(stem.len().min(MAX_STEM));
    for c in stem.chars().filter(|&c| is_safe(c)) {
        let c = if c.is_whitespace() { ' ' } else { c };
        let repeats = (c == '.' || c == ' ') && safe.ends_with(['.', ' ']);
        // A leading dot would hide the file, a leading dash looks like an option.
        let misleads = safe.is_empty() && matches!(c, '.' | ' ' | '-' | '~');
        if repeats || misleads {
            continue;
        }
        if safe.len() + c.len_utf8() > MAX_STEM {
            break;
        }
        safe.push(c);
    }
    // A cut can leave a joiner or a variation selector with nothing to act on.
    let end = safe
        .trim_end_matches(['.', ' ', '\u{200C}', '\u{200D}', '\u{FE0E}', '\u{FE0F}'])
        .len();
    safe.truncate(end);
    if safe.is_empty() {
        return FALLBACK_STEM.to_owned();
    }
    if is_reserved_on_windows(&safe) {
        safe.insert(0, '_');
    }
    safe
}

/// `CON`, `NUL`, `COM1`... name devices on Windows, whatever their extension.
fn is_reserved_on_windows(stem: &str) -> bool {
    let base = stem.split('.').next().unwrap_or_default().trim_end();
    let upper = base.to_ascii_uppercase();
    match upper.as_str() {
        "CON" | "PRN" | "AUX" | "NUL" => true,
        other => other
            .strip_prefix("COM")
            .or_else(|| other.strip_prefix("LPT"))
            .is_some_and(|n| n.len() == 1 && n != "0" && n.bytes().all(|b| b.is_ascii_digit())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn thumb(name: &str) -> String {
        thumbnail_name(name, Format::Jpeg, Size::LAB)
    }

    #[test]
    fn ordinary_names_keep_their_letters() {
        assert_eq!(thumb("cat.jpg"), "cat_128x128.jpg");
        assert_eq!(thumb("cat.JPEG"), "cat_128x128.jpeg");
        assert_eq!(
            thumb("zażółć gęślą jaźń.jpg"),
            "zażółć gęślą jaźń_128x128.jpg"
        );
        assert_eq!(thumb("🐢👩‍💻.jpg"), "🐢👩‍💻_128x128.jpg");
        assert_eq!(thumb("holiday 1.5"), "holiday 1.5_128x128.jpg");
        assert_eq!(archive_name("cat.jpg"), "cat.zip");
    }

    #[test]
    fn the_bytes_decide_the_extension() {
        assert_eq!(original_name("evil.html", Format::Gif), "evil.gif");
        assert_eq!(original_name("photo.png", Format::Jpeg), "photo.jpg");
        assert_eq!(original_name("scan.tif", Format::Tiff), "scan.tif");
    }

    #[test]
    fn names_never_become_paths() {
        assert_eq!(thumb("../../etc/passwd"), "passwd_128x128.jpg");
        assert_eq!(thumb("/etc/cron.d/x.jpg"), "x_128x128.jpg");
        assert_eq!(thumb(r"C:\Windows\win.ini"), "win_128x128.jpg");
        assert_eq!(thumb("a\0b\n.jpg"), "ab_128x128.jpg");
        assert_eq!(thumb("cat.jpg."), "cat_128x128.jpg");
        assert_eq!(thumb("cat..jpg"), "cat_128x128.jpg");
        for empty in [
            "", ".", "..", "...", "/", "\0", "../", ".jpg", "   .jpg", "\u{202E}",
        ] {
            assert_eq!(thumb(empty), "image_128x128.jpg", "{empty:?}");
        }
        // A right-to-left override would show this as "photo_exe.jpg".
        assert_eq!(thumb("photo_\u{202E}gpj.exe"), "photo_gpj_128x128.jpg");
        assert_eq!(original_name("NUL.jpg", Format::Jpeg), "_NUL.jpg");
        assert_eq!(archive_name("com1.tar.jpg"), "_com1.tar.zip");
        assert_eq!(original_name("-rf.jpg", Format::Jpeg), "rf.jpg");
    }

    #[test]
    fn long_names_are_cut_between_characters() {
        let name = thumb(&format!("{}.jpg", "ż".repeat(300)));
        assert_eq!(name, format!("{}_128x128.jpg", "ż".repeat(50)));
    }

    proptest! {
        #[test]
        fn any_name_gives_one_plain_file_name(name in any::<String>()) {
            let thumb = thumbnail_name(&name, Format::Png, Size::LAB);
            prop_assert!(thumb.ends_with("_128x128.png"));
            prop_assert!(thumb.len() <= 143);
            prop_assert!(!thumb.contains(['/', '\\', '\0', ':']));
            prop_assert!(!thumb.contains(".."));
            prop_assert!(!thumb.starts_with(['.', '-', ' ']));
            prop_assert!(!thumb.chars().any(char::is_control));
            let as_path = std::path::Path::new(&thumb);
            prop_assert_eq!(as_path.file_name(), Some(as_path.as_os_str()));
        }
    }
}
