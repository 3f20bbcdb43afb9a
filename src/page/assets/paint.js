// Text with a terminal's colours (SGR) as elements with classes.
const CLASSES = { 1: "b", 2: "d", 4: "u" };

/** The text as nodes, nothing of it as markup. */
export function paint(text) {
  const out = document.createDocumentFragment();
  let classes = [];
  for (const [at, part] of text.split(/\x1b\[([0-9;]*)m/).entries()) {
    if (at % 2) {
      for (const code of part.split(";").map(Number)) {
        if (code === 0) classes = [];
        else if (CLASSES[code]) classes.push(CLASSES[code]);
        else if (code > 30 && code < 37) classes.push(`c${code - 30}`);
        else if (code > 90 && code < 97) classes.push(`c${code - 90}`);
      }
    } else if (part) {
      if (!classes.length) out.append(part);
      else {
        const span = document.createElement("span");
        span.className = classes.join(" ");
        span.textContent = part;
        out.append(span);
      }
    }
  }
  return out;
}
