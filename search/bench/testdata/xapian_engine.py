"""Answers the benchmark's questions by Xapian: a JSON command a line in, a JSON answer a line out."""

import json
import sys
import time

import xapian

SLOTS = ["license", "subject", "type", "language", "source", "grades", "standards"]
MODIFIED = len(SLOTS)
path = sys.argv[1]
database = None
writer = None


def add(docs):
    global writer
    if writer is None:
        writer = xapian.WritableDatabase(path, xapian.DB_CREATE_OR_OPEN)
    generator = xapian.TermGenerator()
    for d in docs:
        doc = xapian.Document()
        generator.set_document(doc)
        generator.index_text(d["title"], 4)
        generator.increase_termpos()
        generator.index_text(d["text"])
        for i, name in enumerate(SLOTS):
            value = d[name]
            if isinstance(value, list):
                value = xapian.StringListSerialiser(value).serialise() if hasattr(xapian, "StringListSerialiser") else "\x1f".join(value)
            doc.add_value(i, value)
        doc.add_value(MODIFIED, d["modified"])
        doc.add_boolean_term("XL" + d["license"])
        for g in d["grades"]:
            doc.add_boolean_term("XG" + g)
        for a in d["above"]:
            doc.add_boolean_term("XS" + a)
        writer.add_document(doc)
    writer.commit()
    return {}


def finish():
    global writer
    writer.close()
    writer = None
    return {}


def ask(c):
    global database
    if database is None:
        database = xapian.Database(path)
    clock = time.perf_counter if c["wall"] else time.thread_time
    start = clock()
    if c["standard"]:
        query = xapian.Query("XS" + c["standard"])
    else:
        query = xapian.Query(xapian.Query.OP_AND, c["words"])
    for term in ([("XL" + c["license"])] if c["license"] else []) + ([("XG" + c["grade"])] if c["grade"] else []):
        query = xapian.Query(xapian.Query.OP_FILTER, query, xapian.Query(term))
    enquire = xapian.Enquire(database)
    enquire.set_query(query)
    if c["standard"]:
        enquire.set_weighting_scheme(xapian.BoolWeight())
    if c["newest"]:
        enquire.set_sort_by_value(MODIFIED, True)
    spies = []
    if c["facets"]:
        for slot in range(len(SLOTS)):
            spy = xapian.ValueCountMatchSpy(slot)
            enquire.add_matchspy(spy)
            spies.append(spy)
    matches = enquire.get_mset(0, 10, database.get_doccount() if c["facets"] or c["standard"] else 10)
    for spy in spies:
        for item in spy.top_values(100):
            item.term
    for m in matches:
        m.docid
    return {"total": matches.get_matches_estimated(), "took": clock() - start}


for line in sys.stdin:
    command = json.loads(line)
    try:
        if "add" in command:
            answer = add(command["add"])
        elif "finish" in command:
            answer = finish()
        else:
            answer = ask(command)
    except Exception as e:  # the benchmark says what it was
        answer = {"error": str(e)}
    print(json.dumps(answer), flush=True)
