//! The form for uploading.

use crate::jobs::web::site::Site;
use catalog::lang::{Lang, polish_plural};
use catalog::text;
use std::fmt::Write as _;

/// The sizes that can be ticked; the first is the source lab's.
const SIZES: [&str; 4] = ["128x128", "64x64", "256x256", "512x512"];

/// Files, sizes, and the button.
pub(super) fn write_form(html: &mut String, site: &Site, lang: Lang) {
    let max_files = site.config.max_files as u64;
    let max_mb = site.config.limits.max_bytes / (1 << 20);
    let obrazow = polish_plural(max_files, "obraz", "obrazy", "obrazów");
    // Writing to a String cannot fail, here and below.
    let _ = write!(
        html,
        "<form id=\"upload\" method=\"post\" action=\"/?lang={lang}\" enctype=\"multipart/form-data\">\n\
         <div id=\"drop\"><label for=\"image_file\">{choose}</label>\n\
         <input type=\"file\" id=\"image_file\" name=\"image_file\" accept=\"image/*\" multiple required aria-describedby=\"limits\">\n\
         <p id=\"limits\">{limits}</p>\n<p id=\"chosen\" aria-live=\"polite\"></p></div>\n\
         <fieldset><legend>{sizes}</legend>\n",
        choose = lang.pick(
            "Images (or drop them here)",
            "Obrazy (możesz je też tu upuścić)",
        ),
        limits = text!(
            lang,
            "JPEG, PNG, GIF, WebP, BMP, TIFF; up to {max_files} images of {max_mb} MB",
            "JPEG, PNG, GIF, WebP, BMP, TIFF; do {max_files} {obrazow} po {max_mb} MB"
        ),
        sizes = lang.pick("Sizes in pixels", "Rozmiary w pikselach"),
    );
    for (i, size) in SIZES.into_iter().enumerate() {
        let checked = if i == 0 { " checked" } else { "" };
        let shown = size.replace('x', " × ");
        let _ = writeln!(
            html,
            "<label class=\"tick\"><input type=\"checkbox\" name=\"size\" value=\"{size}\"{checked}> {shown}</label>"
        );
    }
    let _ = write!(
        html,
        "<label>{other} <input type=\"text\" name=\"sizes\" placeholder=\"320x200\" pattern=\"[0-9]+x[0-9]+([ ,]+[0-9]+x[0-9]+)*\" autocomplete=\"off\"></label>\n\
         </fieldset>\n<button type=\"submit\">{send}</button>\n\
         <progress id=\"sending\" max=\"100\" value=\"0\" hidden aria-label=\"{sending}\"></progress>\n</form>\n",
        other = lang.pick("other:", "inne:"),
        send = lang.pick("Make thumbnails", "Zrób miniatury"),
        sending = lang.pick("Upload progress", "Postęp przesyłania"),
    );
}
