// What the board and the projector view say, in both languages, and the
// language that is theirs.

const plural = (lang, forms) => {
  const rules = new Intl.PluralRules(lang);
  return (n) => `${n.toLocaleString(lang)} ${forms[rules.select(n)] ?? forms.other}`;
};
const en = (one, other) => plural("en", { one, other });
const pl = (one, few, many) => plural("pl", { one, few, many, other: many });

export const WORDS = {
  en: {
    otherName: "Polski", other: "pl",
    skip: "To the students", projector: "Projector view", csv: "Table of results (CSV)", end: "End the class",
    sureEnd: "End the class? Everybody is told. What was achieved can still be saved.",
    students: en("student", "students"), solved: (n, of) => `${n} of ${of} solved`, need: en("needs you", "need you"),
    table: "Students", who: "Student", where: "Where", state: "How it goes", cells: "Exercises", count: "Solved",
    nobody: "Nobody has joined yet.", join: "Students open this address and type the code:",
    lead: "Lead and say something", follow: "Follow me", section: "Section", step: "Step", back: "One step back", on: "One step on", take: "Take everyone here", letGo: "Let everyone go on alone",
    following: (title, n, heading) => `Everyone is taken to: ${title}, step ${n}${heading ? ` (${heading})` : ""}.`, free: "Everyone goes at their own pace.",
    say: "A sentence to everyone", send: "Send", sent: "Sent.", sayOne: (name) => `A sentence to ${name}`,
    hand: (t) => `hand raised, ${t}`, stuckTries: (n, t) => `${n} tries in ${t}`, stuckError: (n) => `the same error ${n} times`, silent: (t) => `silent for ${t}`,
    works: "at work", allDone: "has solved everything", tries: en("try", "tries"), hints: en("hint", "hints"), looked: "you are looking",
    place: (title, n) => `${title}, step ${n}`, nowhere: "just joined", introduction: "Introduction",
    cellsHeard: (solved, tried, of) => `${solved} of ${of} exercises solved, ${tried} begun`,
    sort: (n) => `Sort again (${n} moved)`, raised: (name) => `${name} has raised a hand.`, isStuck: (name) => `${name} may be stuck.`,
    exercises: "Exercises and times", exercise: "Exercise", solvedBy: "Solved by", median: "Median time", atNow: "At it now",
    close: "Close", look: "Look over the shoulder", stopLook: "Stop looking", lookAbout: "The student sees that you look.",
    screen: "The screen", noScreen: "Nothing has come from the screen yet.", lower: "Lower the hand", rename: "Rename", newName: "New name", remove: "Remove from the class",
    sureRemove: (name) => `Remove ${name} from the class? The place and its results are deleted.`,
    progress: "Save the progress file",
    recheck: "Check again", recheckAbout: "Runs the lines that were handed in once more, in a process of its own.", rechecking: "Running it once more ...",
    giveHint: "Give a hint", hintNumber: (n) => `Hint ${n}`, hintFor: "For the exercise",
    lines: "The last lines", noLines: "Nothing typed yet.", record: "Exercise by exercise", done: "solved", begun: "begun", error: "The last error",
    strip: "Redis, this second", stripAbout: "The class is kept in Redis. These are the commands of the last second, as MONITOR shows them.",
    pause: "Pause", resume: "Show again", quiet: "No command in this second.", commands: en("command", "commands"),
    noStrip: (why) => `The commands cannot be shown: ${why}`, shell: "A shell on it:", copy: "Copy", copied: "Copied.",
    lost: "The program of the class cannot be reached. Trying again ...", shut: "This browser is not let in any more. Enter in the terminal of the class makes a new link.",
    ended: "The class has ended. Its results can still be saved.", failed: (why) => `That did not work: ${why}`,
    seconds: (n) => `${n} s`, minutes: (n) => `${n} min`, hours: (n) => `${n} h`,
    legend: ["solved", "solved with hints", "begun", "open", "here now"],
    openThis: "Open", andCode: "and type the code", hintAll: (n) => `Hint ${n} to them`, together: "The class together", all: "So far", hands: en("raised hand", "raised hands"), nowAt: "Now:",
  },
  pl: {
    otherName: "English", other: "en",
    skip: "Do listy uczniów", projector: "Widok na rzutnik", csv: "Tabela wyników (CSV)", end: "Zakończ zajęcia",
    sureEnd: "Zakończyć zajęcia? Wszyscy zobaczą, że to koniec. Wyniki nadal można będzie zapisać.",
    students: pl("uczeń", "uczniów", "uczniów"), solved: (n, of) => `rozwiązane: ${n} z ${of}`, need: pl("potrzebuje pomocy", "potrzebują pomocy", "potrzebuje pomocy"),
    table: "Uczniowie", who: "Uczeń", where: "Miejsce", state: "Jak idzie", cells: "Ćwiczenia", count: "Gotowe",
    nobody: "Jeszcze nikt nie dołączył.", join: "Uczniowie otwierają ten adres i wpisują kod:",
    lead: "Prowadź i napisz coś", follow: "Za mną", section: "Sekcja", step: "Krok", back: "Krok wstecz", on: "Krok dalej", take: "Zabierz wszystkich tutaj", letGo: "Niech każdy idzie dalej sam",
    following: (title, n, heading) => `Wszyscy są prowadzeni do: ${title}, krok ${n}${heading ? ` (${heading})` : ""}.`, free: "Każdy idzie własnym tempem.",
    say: "Zdanie do wszystkich", send: "Wyślij", sent: "Wysłano.", sayOne: (name) => `Zdanie do: ${name}`,
    hand: (t) => `ręka w górze, ${t}`, stuckTries: (n, t) => `${pl("próba", "próby", "prób")(n)} w ${t}`, stuckError: (n) => `ten sam błąd ${n} razy`, silent: (t) => `cisza od ${t}`,
    works: "pracuje", allDone: "wszystko rozwiązane", tries: pl("próba", "próby", "prób"), hints: pl("podpowiedź", "podpowiedzi", "podpowiedzi"), looked: "masz podgląd",
    place: (title, n) => `${title}, krok ${n}`, nowhere: "na początku", introduction: "Wstęp",
    cellsHeard: (solved, tried, of) => `rozwiązane ćwiczenia: ${solved} z ${of}, zaczęte: ${tried}`,
    sort: (n) => `Uporządkuj (przesunięte: ${n})`, raised: (name) => `${name}: ręka w górze.`, isStuck: (name) => `${name}: chyba potrzebuje pomocy.`,
    exercises: "Ćwiczenia i czasy", exercise: "Ćwiczenie", solvedBy: "Rozwiązane", median: "Mediana czasu", atNow: "Teraz nad nim",
    close: "Zamknij", look: "Zajrzyj przez ramię", stopLook: "Zakończ podgląd", lookAbout: "Ta osoba widzi, że masz podgląd.",
    screen: "Ekran", noScreen: "Nic jeszcze nie przyszło z ekranu.", lower: "Opuść rękę", rename: "Zmień nazwę", newName: "Nowa nazwa", remove: "Usuń z klasy",
    sureRemove: (name) => `Usunąć z klasy: ${name}? Miejsce i jego wyniki znikną.`,
    progress: "Zapisz plik z postępami",
    recheck: "Sprawdź", recheckAbout: "Uruchamia przysłane wiersze jeszcze raz, w osobnym procesie.", rechecking: "Uruchamianie jeszcze raz ...",
    giveHint: "Daj podpowiedź", hintNumber: (n) => `Podpowiedź ${n}`, hintFor: "Do ćwiczenia",
    lines: "Ostatnie wiersze", noLines: "Jeszcze nic nie wpisano.", record: "Ćwiczenie po ćwiczeniu", done: "rozwiązane", begun: "zaczęte", error: "Ostatni błąd",
    strip: "Redis w tej sekundzie", stripAbout: "Klasa jest przechowywana w Redisie. To polecenia z ostatniej sekundy, takie, jakie pokazuje MONITOR.",
    pause: "Wstrzymaj", resume: "Pokazuj dalej", quiet: "W tej sekundzie nie było poleceń.", commands: pl("polecenie", "polecenia", "poleceń"),
    noStrip: (why) => `Poleceń nie da się pokazać: ${why}`, shell: "Powłoka na nim:", copy: "Kopiuj", copied: "Skopiowano.",
    lost: "Program klasy nie odpowiada. Próbujemy dalej ...", shut: "Ta przeglądarka nie ma już wstępu na tablicę. Enter w terminalu klasy zrobi nowy link.",
    ended: "Zajęcia się zakończyły. Wyniki nadal można zapisać.", failed: (why) => `To się nie udało: ${why}`,
    seconds: (n) => `${n} s`, minutes: (n) => `${n} min`, hours: (n) => `${n} godz.`,
    legend: ["rozwiązane", "z podpowiedziami", "zaczęte", "otwarte", "tu teraz"],
    openThis: "Otwórz", andCode: "i wpisz kod", hintAll: (n) => `Daj im podpowiedź ${n}`, together: "Razem", all: "Do tej pory", hands: pl("ręka w górze", "ręce w górze", "rąk w górze"), nowAt: "Teraz:",
  },
};

const KEPT = "redis-lab.lang";

/** The language asked for in the address, kept from before, or the browser's. */
export function firstLang() {
  const asked = new URLSearchParams(location.search).get("lang");
  const own = navigator.languages?.find((tag) => /^(en|pl)\b/.test(tag)) ?? "en";
  let kept = null;
  try {
    kept = localStorage.getItem(KEPT);
  } catch {
    // Nothing is kept here.
  }
  return [asked, kept, own.slice(0, 2)].find((code) => code in WORDS);
}

export function keepLang(lang) {
  try {
    localStorage.setItem(KEPT, lang);
  } catch {
    // Then it is chosen anew next time.
  }
}

/** Puts the words in place: `data-word` is a text, `data-label` a label that is heard. */
export function putWords(words, root = document) {
  for (const element of root.querySelectorAll("[data-word]")) element.textContent = words[element.dataset.word];
  for (const element of root.querySelectorAll("[data-label]")) element.setAttribute("aria-label", words[element.dataset.label]);
}

/** A time for people, from milliseconds. */
export function lasting(words, ms) {
  const seconds = Math.max(0, Math.round(ms / 1000));
  if (seconds < 60) return words.seconds(seconds);
  if (seconds < 5400) return words.minutes(Math.round(seconds / 60));
  return words.hours(Math.round(seconds / 3600));
}
