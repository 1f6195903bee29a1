"""A rule book that says everything the language has at least once."""

from __future__ import annotations

EVERY_RULE = """\
book "everything"
for spot in EUR/USD
parameter base margin = 0.4 pip, between 0.1 pip and 2 pip
parameter lean = 20 %, between 0 % and 100 %
table margin by tier and size:
            up to 1 mio   up to 5 mio   above
  gold      0.3 pip       0.5 pip       0.8 pip
  silver    0.5 pip       -             1.2 pip
  bronze    -             1.2 pip       2 pip
table leans by size:
  up to 1 mio    0.1 pip
  up to 10 mio   0.2 pip
table shares by tier:
  gold   20 %
  other  10 %
schedule hours is Mon to Fri 08:00 to 17:00 Europe/London and 22:30 to 02:00 UTC
rule "not known" priority 20
  when not (line headroom is known) and not (market age is missing)
  then pass "no line"
rule "known" priority 20
  when line headroom is missing and market age is known
  then quote margin leans[size]
rule "not of many" priority 10
  when not (tier is gold or size > 5 mio or market is crossed) and not (now in hours)
  then quote margin margin[tier, size] skew -0.2 pip x position share valid 2 s
rule "quotients" priority 10
  when size / position > 1 and position / size < 40 or market spread / 3 >= 0.1 pip
  then quote margin base margin / position share valid 5 s
rule "large numbers" priority 10
  when position x position share x position share < 500000000000 mio or position x 3 != size
  then quote margin larger of base margin and absolute (market spread x position share)
    skew smaller of leans[size] and (position / size) x 0.1 pip
rule "sums"
  when market spread + 2 pip - margin[tier, size] <= 3 pip and mid - bid = 0 pip
    and not (side is buy)
  then quote margin -(market spread - 3 pip) up to shares[tier] x size valid 5 s
rule "among"
  when tier is one of gold, silver and tier is not bronze and size between 1 mio and 8 mio
    and not (tier is one of silver, bronze) and (market is crossed or now in hours)
  then quote margin lean x market spread
rule "large quotient"
  when position share / lean > 5 and position x (size / position) x (position / size) > 1 mio
  then quote margin margin[tier, size] x (size / position) x (size / position) valid 5 s
rule "a person"
  when not (size between 2 mio and 3 mio) and not (tier is gold and now in hours)
  then ask a person "look" within 20 s
rule "hedge"
  when chance < 50 %
  then hedge absolute (position x 2) at bid - realised volatility[5 min] within 90 s
otherwise quote margin 9 x base margin
"""
