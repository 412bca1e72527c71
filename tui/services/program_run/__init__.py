"""Running a program for `wxtui run`: its bytes and signals passed on, its output kept in part, a report."""
