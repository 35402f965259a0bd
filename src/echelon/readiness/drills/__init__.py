"""Drills: recall on the day of the inspection, ability and difficulty, who can stand in, slide decks."""
