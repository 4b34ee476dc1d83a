# 48 logs with planted causes, 3 with none: the cause named first, exact tokens, exact money.
command -v python3 >/dev/null || { echo "no python3 here"; exit 77; }
python3 -B "$TOP/tests/eval/audit_logs.py" --check tokcount
