"""What things cost: prices that were read on a page, and what a month of a stack comes to.

It knows neither settings nor screens: it is given what a program registered, and where it runs.
"""

from ladder.prices.bill import Bill, Gap, Line, Reason, Resource, Site, Use, make
from ladder.prices.book import Book, Row, Unit, read

__all__ = ["Bill", "Book", "Gap", "Line", "Reason", "Resource", "Row", "Site", "Unit", "Use", "make", "read"]
