"""The part of a recipe that searches with groups of beams, which transformers no longer does."""

from __future__ import annotations

from string import Template

DIVERSE = Template('''
MAX_NEW_TOKENS = $max_new_tokens
ATTEMPTS = $attempts
GROUPS = $groups
# Beams de cada grupo.
BEAMS = $beams
# Lo que pierde un token por cada beam de los grupos anteriores que acaba de elegirlo.
PENALTY = $penalty
LENGTH_PENALTY = $length_penalty
EARLY_STOPPING = $early_stopping
filters = LogitsProcessorList(
    [
$filters
    ]
)


def is_ended(new_ids):
    """Mira si un texto acaba en su último token."""
    return new_ids[-1] in ends$stopping


class Group:
    """Un beam search que se aparta de lo que eligen los grupos anteriores."""

    def __init__(self):
        self.running = [(0.0, [])]
        self.finished = []
        self.is_done = False

    def step(self, chosen):
        """Alarga sus textos y se queda con los mejores; devuelve los tokens con que siguen."""
        rows = torch.tensor([prompt_ids + new_ids for _, new_ids in self.running])
        with torch.inference_mode():
            scores = torch.log_softmax(model(rows).logits[:, -1].float(), -1)
        earlier = torch.tensor(chosen, dtype=torch.long)
        scores = scores - PENALTY * torch.bincount(earlier, minlength=scores.shape[1])
        scores = filters(rows, scores)
        totals = scores + torch.tensor([total for total, _ in self.running])[:, None]
        count = min(max(2, 1 + len(ends)) * BEAMS, totals.numel())
        best = torch.topk(totals.flatten(), count)
        found = []
        for total, place in zip(best.values.tolist(), best.indices.tolist()):
            row, token = divmod(place, scores.shape[1])
            found.append((total, self.running[row][1] + [token]))
        self.running = [item for item in found if not is_ended(item[1])][:BEAMS]
        self.keep_ended(found[:BEAMS])
        return [new_ids[-1] for _, new_ids in self.running]

    def keep_ended(self, found):
        """Guarda los textos que acaban, y acaba si ninguno de los que siguen puede ser mejor."""
        length = len(found[0][1])
        is_last = length == MAX_NEW_TOKENS
        for total, new_ids in found:
            if is_last or is_ended(new_ids):
                self.finished.append((total / length**LENGTH_PENALTY, new_ids))
        self.finished = sorted(self.finished, key=score_of, reverse=True)[:BEAMS]
        is_full = len(self.finished) == BEAMS
        self.is_done = is_last or not self.running or (is_full and EARLY_STOPPING is True)
        if is_full and not self.is_done:
            is_longest = EARLY_STOPPING == "never" and LENGTH_PENALTY > 0
            divisor = (MAX_NEW_TOKENS if is_longest else length) ** LENGTH_PENALTY
            self.is_done = self.running[0][0] / divisor <= self.finished[-1][0]


def score_of(item):
    """La puntuación de un texto: su suma dividida por su longitud elevada a LENGTH_PENALTY."""
    return item[0]


groups = [Group() for _ in range(GROUPS)]
while not all(group.is_done for group in groups):
    chosen = []
    for group in groups:
        if not group.is_done:
            chosen += group.step(chosen)
found = [item for group in groups for item in group.finished]
results = [ids for _, ids in sorted(found, key=score_of, reverse=True)[:ATTEMPTS]]
''')
