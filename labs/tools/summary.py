# SPDX-License-Identifier: MIT
"""Sums up the results of many submissions: a table, and marks for a gradebook."""

import report
import roster
import submissions


def remarks_of(students, paths, results):
    """Returns each submission's students and remarks. students: a Roster, or None."""
    parts, labels = submissions.parts_of(paths), submissions.labels_of(paths)
    owners, remarks, holders = {}, {}, {}
    for path in paths:
        root, claimed = results[path]["root"], results[path]["id"]
        owners[path], remarks[path] = students.owners(path, parts[path], root, claimed) if students else ([], [])
        for holder in owners[path] or ([] if students or not claimed else [claimed]):
            holders.setdefault(holder, []).append(path)
    for path in paths:
        same = [other for found in holders.values() if path in found for other in found if other != path]
        said = "also handed in as" if students else "the same id as"
        remarks[path] += [f"{said} {labels[other]}" for other in dict.fromkeys(same)]
    return owners, remarks


def words_of(result):
    """Returns why points are missing."""
    if "failure" in result:
        return f"not graded: {result['failure']}"
    return ", ".join(result["missing"])


def print_table(lab, paths, results, remarks):
    labels = submissions.labels_of(paths)
    for path in sorted(paths, key=labels.get):
        result = results[path]
        notes = [words for words in (words_of(result), *remarks[path]) if words]
        print(f"{labels[path]:24} {result.get('points', '-'):>4} of {lab.points}  {'; '.join(notes)}".rstrip())
    points = [result["points"] for result in results.values() if "failure" not in result]
    failures = len(results) - len(points)
    mean = f"{len(points)} graded, mean {sum(points) // max(len(points), 1)}, full marks {points.count(lab.points)}"
    print(mean + (f"; {failures} not graded" if failures else ""))


def marks_of(students, paths, results, owners):
    """Returns (student, mark, words) for each student. The mark is empty if it is not sure."""
    labels = submissions.labels_of(paths)
    for who in students.students:
        own = [path for path in paths if who in owners[path]]
        if not own:
            yield who, "", "nothing handed in"
        elif len(own) > 1:
            yield who, "", "handed in more than once: " + ", ".join(labels[path] for path in own)
        else:
            yield who, results[own[0]].get("points", ""), words_of(results[own[0]])


def sum_up(options, lab, paths, results):
    """Prints the table, and writes the file of --csv."""
    students = roster.Roster(roster.read(options.roster)) if options.roster else None
    owners, remarks = remarks_of(students, paths, results)
    print_table(lab, paths, results, remarks)
    if options.csv:
        form, file = options.csv
        report.save(file, roster.table(form, lab, marks_of(students, paths, results, owners)))
