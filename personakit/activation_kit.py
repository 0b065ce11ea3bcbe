"""Step 10, kit: texts that do not depend on data: invitation, session, feedback sheet, role play, agendas."""

from __future__ import annotations

from personakit.activation_lines import TASK, TASK_ALONE, TASK_STUCK, TASK_STUCK_ALL
from personakit.evidence import Claim

#: A letter; {minutes} are filled in, blanks are left for whoever sends it.
INVITATION = (
    "Hello ____,",
    "we would like to see how you use our service, so that we can make it better. It takes {minutes} minutes, by video or at our "
    "place. You cannot do anything wrong: we test the service, not you.",
    "As a thank-you you get ____. What you say is used without your name, and you can stop at any time.",
    "These times are possible: ____. Please answer by ____.",
    "You get this letter because you agreed to hear from us. You can take that back at any time: ____.",
)
#: Minutes and what happens in them.
SESSION = {
    "Welcome. Say who you are and what happens with the recording, and ask for consent.": 5,
    "Ask the questions of the screener once more. If another persona comes out, note it and go on.": 5,
    "“Tell me about the last time you bought something of this kind.” Let them tell; do not help.": 10,
    "Give the tasks of the persona, one after the other. Ask them to think aloud, and note where they stop.": 15,
    "Ask what was best and what was worst, and for a number from 1 to 5 for each task.": 5,
    "Thank them, hand over the thank-you, and ask whether you may quote them.": 5,
}
TRAINING = {
    "Read the page of each persona aloud; nobody comments yet.": 10,
    "Recognise: one plays a customer from the playbook, the others ask the two questions and guess who it is.": 15,
    "Role play in threes: customer, colleague, observer. Ten minutes a round, then change parts.": 40,
    "Collect: what worked, and what should stand in the playbook?": 15,
    "Everybody writes down one thing to do differently tomorrow.": 10,
}
MEETING = {
    "What did we decide last time, and was it done?": 5,
    "What have customers said since then? Two quotes for each persona, read aloud.": 10,
    "Which of the figures to watch have moved?": 10,
    "Which line of a card do we no longer believe? Mark it, and say which data would tell.": 10,
    "One decision for one persona: who does what until when?": 10,
}
ROLE_CUSTOMER = "You are {name}. You want “{want}”. Say the sentence, and answer as {name} would."
ROLE_CUSTOMER_ALONE = "You are {name}. Say the sentence, and answer as {name} would."
ROLE_COLLEAGUE = "You do not know who is calling. Find out what it is about, and solve it or hand it over."
OBSERVER = (
    "Did two questions tell which persona it is?",
    "Was the tone that of the playbook?",
    "Was the matter solved, or handed over at the right moment?",
    "What would you do again, and what not?",
)
FEEDBACK_COLUMNS = ["document_id", "customer_id", "speaker", "interviewed_on", "persona", "task", "topic", "rating", "text"]
_TASKS = (TASK, TASK_ALONE, TASK_STUCK, TASK_STUCK_ALL)


def is_task(line: Claim) -> bool:
    """Whether a line is something to try with people."""
    return line.message in _TASKS
