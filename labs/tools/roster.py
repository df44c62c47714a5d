# SPDX-License-Identifier: MIT
"""Maps submissions to the students of a roster, and writes marks as Canvas and Moodle take them.

A service's word about the sender counts: Gradescope's metadata, or the folder's name. The id in
answers.txt and git's author are the student's own words. They count if there is no other, and are
flagged if they name another student.
"""

import csv
import dataclasses
import functools
import io
import json
import os
import re
import sys
import unicodedata

from submissions import shown

READ_MAX = 1 << 20  # bytes of a file about a submission
EXPORT_MAX = 1 << 28  # and of one about all of them

# Where a roster has what: the names of columns, in the exports of Canvas, Moodle and Gradescope.
COLUMNS = {
    "id": ("sis user id", "id number", "student id", "sid", "id"),
    "name": ("student", "full name", "name"),
    "email": ("email address", "email"),
    "login": ("sis login id", "username", "login", "github"),
    "section": ("section", "sections"),
}
NOT_STUDENTS = ("points possible", "student, test")  # rows of Canvas's export


@dataclasses.dataclass(frozen=True)
class Student:
    id: str
    name: str
    email: str
    login: str
    section: str
    canvas: str  # Canvas's own number

    @property
    def keys(self):
        """The names under which a submission may come, in lower case."""
        words = [self.id, self.name, self.email, self.login, self.canvas and f"canvas {self.canvas}"]
        words += [address.partition("@")[0] for address in (self.email, self.login)]
        return {same(word) for word in words if word}


def same(word):
    """Returns a word as it is compared: a letter with its accent may be one character or two."""
    return unicodedata.normalize("NFC", word.strip()).casefold()


def student_of(row):
    """Returns the student of a row, whose columns have names in lower case."""
    fields = {field: next((row[c].strip() for c in names if row.get(c)), "") for field, names in COLUMNS.items()}
    last = row.get("last name") or row.get("surname") or ""
    fields["name"] = fields["name"] or f"{row.get('first name') or ''} {last}".strip()
    is_canvas = "sis login id" in row or "sis user id" in row
    return Student(**fields, canvas=row.get("id", "").strip() if is_canvas else "")


def read(file):
    """Returns the students of a roster."""
    try:
        text = file.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        sys.exit(f"labvisor-grade: the roster {shown(file)} cannot be read: {error}")
    header = text.partition("\n")[0]
    rows = csv.reader(io.StringIO(text), delimiter=";" if header.count(";") > header.count(",") else ",")
    columns = [column.strip().casefold() for column in next(rows, [])]
    if not any(column in COLUMNS["id"] for column in columns):
        sys.exit(f"labvisor-grade: the roster {shown(file)} has no column id: name one in its first line")
    students = [student_of(dict(zip(columns, row))) for row in rows if any(row)]
    students = [student for student in students if student.name.casefold() not in NOT_STUDENTS]
    ids = [same(student.id) for student in students]
    for student in students:
        if not student.id or ids.count(same(student.id)) > 1:
            words = f"the id '{shown(student.id)}' is there twice" if student.id else "a row has no id"
            sys.exit(f"labvisor-grade: the roster {shown(file)}: {words}: mend it")
    return students


class Roster:
    def __init__(self, students):
        self.students = students
        self.by_key = {}
        for student in students:
            for key in student.keys:
                self.by_key.setdefault(key, []).append(student)

    def find(self, word):
        """Returns the student whom a word names, or None: also if it could be two."""
        found = self.by_key.get(same(word), [])
        return found[0] if len(found) == 1 else None

    def senders(self, path, parts):
        """Returns the students for whom a service says that the submission is theirs."""
        named = [self.find(email) for email in gradescope_emails(path)]
        if not named:
            found = (self.find(word) for part in parts for word in words_of(part))
            named = [next((student for student in found if student), None)]
        return [student for student in dict.fromkeys(named) if student]

    def owners(self, path, parts, root, claimed):
        """Returns the students of a submission, and remarks. claimed: the id in answers.txt."""
        claims = {"answers.txt": self.find(claimed), "git's author": self.find(git_author(root))}
        senders = self.senders(path, parts)
        owners = senders or [student for student in claims.values() if student][:1]
        remarks = [f"{source} names {shown(who.id)}" for source, who in claims.items() if who and who not in owners]
        return owners, remarks if owners else ["not in the roster"]


def words_of(part):
    """Returns what a folder's name may say: all of it, or as Moodle, Canvas and GitHub Classroom put it."""
    yield part
    moodle = re.match(r"(.+)_\d+_assignsubmission_", part)
    canvas = re.match(r"[^_]+(?:_LATE)?_(\d+)_\d+_", part)
    if moodle:
        yield moodle[1]
    if canvas:
        yield f"canvas {canvas[1]}"
    for dash in re.finditer("-", part[:200]):
        yield part[dash.end() :]


def read_text(path, most=READ_MAX):
    """Returns the start of a file, or "": it may be a student's, and anything."""
    try:
        with open(path, "rb", opener=lambda name, flags: os.open(name, flags | os.O_NOFOLLOW | os.O_NONBLOCK)) as file:
            return file.read(most).decode(errors="replace")
    except OSError:
        return ""


def gradescope_emails(path):
    """Returns the senders' addresses, from the file that Gradescope puts beside a submission."""
    if path.name != "submission":
        return exported_emails(path.parent / "submission_metadata.yml").get(path.name, [])
    try:
        return [str(user["email"]) for user in json.loads(read_text(path.parent / "submission_metadata.json"))["users"]]
    except (ValueError, KeyError, TypeError, RecursionError):
        return []


@functools.cache
def exported_emails(file):
    """Returns the senders of each submission of Gradescope's export. It has one key in a line; what students
    can write is indented deeper."""
    emails, name, key = {}, "", ""
    for line in read_text(file, EXPORT_MAX).splitlines():
        if line[:1] not in ("", " ", "-"):
            name = line.rstrip(":")
        elif re.match(r"  :\w+:", line):
            key = line.strip()
        elif key == ":submitters:" and (found := re.match(r"[ -]+:email: *['\"]?([^'\"]*)", line)):
            emails.setdefault(name, []).append(found[1])
    return emails


def git_author(root):
    """Returns the email of the last commit's author, from git's own log. Git itself would run programs that
    the submission names."""
    if (root / ".git").is_symlink() or (root / ".git/logs").is_symlink():
        return ""
    lines = read_text(root / ".git/logs/HEAD").splitlines()
    found = re.search(r"<([^<>]*)> \d+ [+-]\d{4}\t", lines[-1] + "\t") if lines else None
    return found[1] if found else ""


def neutral(text):
    """Returns a cell's text, which no spreadsheet takes for a formula."""
    text = shown(text, 1000)
    return f"'{text}" if text.lstrip()[:1] in ("=", "+", "-", "@") else text


def table(form, lab, marks):
    """Returns the CSV file of (student, mark or "", words). Canvas has no column for words."""
    text, name = io.StringIO(), f"Lab {lab.number}"
    writer = csv.writer(text)
    if form == "canvas":
        writer.writerow(("Student", "ID", "SIS User ID", "SIS Login ID", "Section", name))
        writer.writerow(("    Points Possible", "", "", "", "", lab.points))
    else:
        writer.writerow(("ID number", "Full name", "Email address", name, f"{name} feedback"))
    for who, mark, words in marks:
        if form == "canvas":
            sis = "" if who.id == who.canvas else who.id
            row = (who.name, who.canvas, sis, who.login or who.email, who.section, mark)
        else:
            row = (who.id, who.name, who.email, mark, words)
        writer.writerow([neutral(cell) for cell in row])
    return text.getvalue()


FORMS = ("canvas", "moodle")
