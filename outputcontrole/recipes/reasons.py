"""Why a recipe must be judged by people: whose data reach a row cannot be followed, or one unit is picked out."""

SUBQUERY = (
    "een subquery in een voorwaarde of kolom leest rijen van anderen zonder koppeling op een eenheid; schrijf een JOIN "
    "op een eenheid"
)
AGGREGATE = (
    "GROUP BY (of DISTINCT) zonder eenheid in de sleutel neemt ieders gegevens samen; groepeer op een kolom met een "
    "pseudoniem"
)
WINDOW = (
    "een venster zonder eenheid in PARTITION BY leest rijen van anderen; verdeel het op een kolom met een pseudoniem"
)
JOIN = (
    "een JOIN tussen beschermde tabellen zonder gelijkheid van pseudoniemen uit één domein verbindt mensen op hun "
    "gegevens; koppel op een eenheid"
)
OPEN_LEFT = (
    "een LEFT JOIN vanaf open gegevens houdt rijen over die zeggen dat niemand eraan voldoet; zet de tabel met "
    "eenheden links"
)
PICKED = (
    "pseudoniem '{name}' wordt vergeleken met een waarde of staat in een berekening, en kan zo iemand aanwijzen; "
    "gebruik het alleen om te koppelen, te groeperen, te tellen of met IS NULL"
)
MIXED = "kolom {number} van UNION is het ene deel een pseudoniem en het andere niet; geef beide delen dezelfde eenheid"
NO_UNIT = "tabel '{table}' noemt geen beschermde eenheid; wiens gegevens het zijn is niet te volgen"
LEFT_OUT = "van '{table}' zijn de rijen die een voorwaarde wegliet niet bewaard; schrijf dat recept hier uit in WITH"
