// The view for the projector: how far the class is, and nobody's name. The
// program sends no names here.
import { $, ask, make, Wire } from "./link.js";
import { firstLang, putWords, WORDS } from "./words.js";

const lang = firstLang(), words = WORDS[lang];
let course = null, last = null;

function notice(text) {
  $("notice").textContent = text;
  $("notice").hidden = !text;
}

/** A bar with its number; the number is what is heard. */
function bar(share) {
  const filled = make("i"), whole = make("span", "bar", filled);
  whole.setAttribute("aria-hidden", "true");
  filled.style.width = `${Math.round(1000 * share) / 10}%`;
  return whole;
}

/** The section that is led through, or the one that most are in. */
function shown({ follow, at }) {
  const most = Object.entries(at).sort(([, one], [, other]) => other - one)[0]?.[0];
  return course.sections.find(({ id }) => id === (follow?.section ?? most)) ?? course.sections[0];
}

function show(view) {
  last = view;
  if (!course) return;
  const { students, solved, follow } = view;
  $("address").textContent = view.addresses[0] ?? "";
  $("code").textContent = view.code;
  document.title = `${view.code} · redis-lab`;
  const exercises = course.sections.flatMap((section) => section.exercises);
  const sum = (of) => of.reduce((total, { id }) => total + (solved[id] ?? 0), 0);
  const share = (n, of) => (of ? n / of : 0);
  $("numbers").replaceChildren(make("span", "", words.students(students)),
    make("span", "", words.solved(sum(exercises), students * exercises.length)),
    ...(view.hands ? [make("span", "raised", `▲ ${words.hands(view.hands)}`)] : []));
  const part = shown(view);
  $("now").hidden = !follow;
  if (follow) {
    const heading = part.steps[follow.step - 1] || words.introduction;
    $("now").lastElementChild.textContent = `${words.place(part.title, follow.step)}: ${heading}`;
  }
  $("part-title").textContent = part.title;
  $("part").replaceChildren(...part.exercises.map(({ id, title }) => {
    const n = solved[id] ?? 0;
    return make("li", "", make("span", "", title), make("span", "", `${n} / ${students}`), bar(share(n, students)));
  }));
  // What nobody has begun says nothing yet.
  const begun = course.sections.filter((section) => sum(section.exercises) || section.id === part.id);
  $("all").replaceChildren(...begun.map((section) => {
    const part = share(sum(section.exercises), students * section.exercises.length);
    const percent = part.toLocaleString(lang, { style: "percent" });
    const row = make("li", "", make("span", "name", make("span", "", section.title), make("span", "", percent)), bar(part));
    if (section.id === shown(view).id) row.setAttribute("aria-current", "true");
    return row;
  }));
  notice(view.ended ? words.ended : "");
}

document.documentElement.lang = lang;
putWords(words);
const wire = new Wire({ view: show }, (state) => notice(state === "open" ? "" : words[state]));
wire.open("board/events?view=projector");
course = await ask(`board/course?lang=${lang}`).catch(() => null);
if (last) show(last);
