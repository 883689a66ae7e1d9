"""provisional"""
import itertools
from functools import lru_cache
from discovery.types import Candidate

AN={"F":-1,"O":-2,"Cl":-1,"N":-3,"Br":-1,"I":-1,"S":-2,"Se":-2,"Te":-2}
def oxidation_states(candidate: Candidate) -> dict[str, float]:
    return dict(_states(tuple(sorted(candidate.fractions.items()))))

@lru_cache(maxsize=None)
def _states(comp):
    from pymatgen.core import Element
    comp=dict(comp)
    opts={}
    for s in comp:
        e=Element(s) if s!="D" else Element("H")
        c=list(e.data.get("Common oxidation states") or [0])
        i=list(e.data.get("ICSD oxidation states") or [])
        if s=="Li": c,i=[1],[]
        if s=="O": c,i=[-2],[]
        if s=="F": c,i=[-1],[]
        al=[(q,0.0) for q in c if q!=0]+[(q,1.0) for q in i if q not in c]
        if s in AN: al=[(q,0.0 if q==AN[s] else 1.5) for q,_ in al]
        opts[s]=al or [(0,0)]
    best=None
    for combo in itertools.product(*opts.values()):
        tot=sum(q*n for (q,_),n in zip(combo,comp.values()))
        pen=sum(p for _,p in combo)
        if not any(q<0 for q,_ in combo): pen+=50
        # electronegativity order: cations above anions penalised
        score=pen+ 60*abs(tot)
        if best is None or score<best[0]: best=(score,combo,tot)
    return tuple((s,float(q)) for s,(q,_) in zip(comp,best[1]))
