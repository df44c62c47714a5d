# SPDX-License-Identifier: MIT
# The course's labs (LAB.md).
#
#   make handout LAB=n [OUT=dir]   the tree for students; OUT: best outside this tree
#   make grade LAB=n               grade this tree, which has the solution
#   make hint LAB=n CHECK=name     more of a check that fails, each time; or LEVEL=1, 2 or 3
#   make hints LAB=n               which hints the known mistakes get, as a table
#   make solution LAB=n            the same, and fail if a point is missing
#   make gradescope LAB=n          the zip for Gradescope
#   make answer LAB=n NAME=... VALUE=...   the digest of an answer, for lab.py
#   make answers LAB=n             the answers for the id in answers.txt
#   make labs-same                 varied submissions get the same points everywhere; half an hour, as root

OUT = $(BUILD)/handouts/lab$(LAB)

.PHONY: handout grade hint hints solution gradescope answer answers labs-same lab-given
lab-given:
	@[ -n '$(LAB)' ] || { echo 'no lab given: add LAB=2, or another number of LAB.md' >&2; exit 1; }

handout: lab-given
	$(Q)labs/tools/handout.py $(LAB) $(OUT)

grade: lab-given
	$(Q)labs/labvisor-grade --unsafe --lab $(LAB) .

hint: lab-given
	$(Q)labs/labvisor-grade --unsafe --lab $(LAB) --hint '$(HINTED)' $(if $(LEVEL),--level '$(LEVEL)') .

hints: lab-given
	$(Q)labs/tools/told.py $(LAB)

solution: lab-given
	$(Q)labs/labvisor-grade --unsafe --lab $(LAB) --full-marks .

gradescope: lab-given
	$(Q)labs/tools/gradescope.py zip $(LAB) $(BUILD)/gradescope-lab$(LAB).zip

answer: lab-given
	$(Q)labs/tools/answers.py $(LAB) '$(NAME)' '$(VALUE)'

answers: lab-given
	$(Q)labs/tools/answers.py $(LAB)

labs-same:
	@$(SETUP) distros
	$(Q)tests/same_points.py --distro debian-13 --students
