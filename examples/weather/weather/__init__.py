"""A small web service: the weather of a city, kept in whatever stores it was given."""
