"""What each role of a source holds: its agreed columns, those it cannot do without, and what it tells."""

from __future__ import annotations

#: Agreed columns of each role and how they are read; every other column is kept as an attribute.
AGREED: dict[str, dict[str, str]] = {
    "customers": {"customer_id": "id", "birth_year": "number", "age": "number", "gender": "text", "region": "text",
                  "occupation": "text", "household": "text", "income": "number", "joined_on": "time", "updated_on": "time"},
    "orders": {"customer_id": "id", "ordered_at": "time", "amount": "number", "order_id": "id", "quantity": "number",
               "product": "text", "category": "text", "channel": "text", "discount": "number", "status": "text",
               "returned": "flag", "currency": "text"},
    "events": {"customer_id": "id", "at": "time", "touchpoint": "text", "event_id": "id", "channel": "text",
               "device": "text", "session_id": "id", "value": "number", "user_agent": "text"},
    "survey": {"customer_id": "id", "respondent_id": "id", "answered_at": "time", "seconds": "number",
               "weight": "number"},
    "interviews": {"document_id": "id", "customer_id": "id", "speaker": "text", "interviewed_on": "time",
                   "line": "number", "text": "text", "language": "text", "topic": "text", "rating": "number"},
    "tickets": {"at": "time", "text": "text", "rating": "number", "ticket_id": "id", "customer_id": "id",
                "channel": "text", "topic": "text", "resolved": "flag"},
    "campaigns": {"customer_id": "id", "campaign": "text", "sent_at": "time", "seen": "flag", "clicked": "flag",
                  "bought": "flag", "cost": "number", "channel": "text"},
    "mentions": {"text": "text", "at": "time", "platform": "text"},
    "population": {"variable": "text", "value": "text", "share": "number", "source": "text", "year": "number"},
}  # fmt: skip

#: Columns a role cannot do without; a tuple means that one of them is enough.
NEEDED: dict[str, list[str | tuple[str, ...]]] = {
    "customers": ["customer_id"],
    "orders": ["customer_id", "ordered_at", "amount"],
    "events": ["customer_id", "at", "touchpoint"],
    "survey": [],
    "interviews": ["text"],
    "tickets": ["at", ("text", "rating")],
    "campaigns": ["customer_id", "campaign"],
    "mentions": ["text"],
    "population": ["variable", "value", "share"],
}
TIME_COLUMN = {"orders": "ordered_at", "events": "at", "survey": "answered_at", "tickets": "at",
               "campaigns": "sent_at", "mentions": "at", "interviews": "interviewed_on",
               "customers": "joined_on"}  # fmt: skip
#: How the ids begin that a survey without ids gets, one per row.
MADE_UP_ID = "respondent-"
#: What each source tells, for the list of what is missing.
TELLS = {
    "customers": "who they are",
    "orders": "what they buy",
    "events": "what they do on the way",
    "survey": "what they need and think",
    "interviews": "why, in their own words",
    "tickets": "where it goes wrong",
    "campaigns": "what they react to",
    "mentions": "what is said in public",
    "population": "how they compare with the market",
}
