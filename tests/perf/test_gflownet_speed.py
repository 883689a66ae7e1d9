"""How fast a policy samples crystals and learns; run with `pytest -m perf`.

CPU seconds of one thread. The ratio is to the same work done object by object, as generative flow
networks are often written: one state, one mask and one forward pass at a time.
"""

import subprocess
import sys
import time
from pathlib import Path

import pytest
import torch

from discovery.rng import stream
from samplers.gflownet import batches
from samplers.gflownet.crystals import CrystalEnvironment
from samplers.gflownet.rewards import Judge, Progress
from samplers.gflownet.rollout import rollout
from samplers.gflownet.settings import Settings
from samplers.gflownet.trainer import GFlowNet
from samplers.limits import Limits

pytestmark = pytest.mark.perf


@pytest.fixture(scope="module")
def crystals():
    torch.set_num_threads(1)
    return CrystalEnvironment(Limits())


def reward(states, coordinates):
    return coordinates.sum(1) + (states[:, 1] % 7).float()


def seconds(work, times):
    """The least CPU seconds that the work took; neighbours on the machine only add to it."""
    found = []
    for _ in range(times):
        begun = time.process_time()
        work()
        found.append(time.process_time() - begun)
    return min(found)


def one_by_one(network, count, generator):
    """Log-probabilities of new objects, each built alone, differentiable."""
    environment, policy = network.environment, network.policy
    finals, total = [], []
    for _ in range(count):
        state, log = environment.initial(1), torch.zeros(1)
        while bool((mask := environment.allowed(state)).any()):
            hidden = policy.trunk(environment.encode(state), None)
            logs = policy.head(hidden).masked_fill(~mask, -torch.inf).log_softmax(1)
            action = torch.multinomial(logs.detach().exp(), 1, generator=generator)[:, 0]
            log = log + logs[0, action]
            state = environment.step(state, action)
        free = environment.free(state)
        mixture = policy.mixture(policy.trunk(environment.encode(state), None))
        with torch.no_grad():
            coordinates = mixture.sample(free, torch.zeros(1, dtype=torch.bool), generator)
        total.append(log + mixture.log_prob(coordinates, free))
        finals.append((state, coordinates))
    states, coordinates = (torch.cat(parts) for parts in zip(*finals, strict=True))
    return states, coordinates, torch.cat(total)


def test_sampling_and_training_against_object_by_object(crystals):
    network = GFlowNet(crystals, Settings(replayed=0.0, known=0.0, ahead=10), seed=0)
    generator = torch.Generator().manual_seed(0)
    network.train(reward, 20, seed=0)

    def slow_step():
        states, coordinates, total = one_by_one(network, 100, generator)
        loss = network.policy.log_z(torch.zeros((100, 0))) + total - reward(states, coordinates)
        network._descend(loss.square().mean(), 1.0)

    with torch.no_grad():
        alone = seconds(lambda: one_by_one(network, 50, generator), 2) / 50
    together = seconds(lambda: network.sample(4000, seed=0), 4) / 4000
    slow = seconds(slow_step, 2)
    fast = seconds(lambda: network.train(reward, 20, seed=1), 4) / 20
    small = GFlowNet(crystals, Settings(hidden=64, replayed=0.6, known=0.0), seed=0)
    small.train(reward, 20, seed=0)
    lean = seconds(lambda: small.train(reward, 20, seed=1), 10) / 20
    less = seconds(lambda: small.sample(4000, seed=0), 4) / 4000
    print(  # noqa: T201 - a measurement
        f"\nsampling: {1 / together:.0f} objects/s, one by one {1 / alone:.0f}, ratio "
        f"{alone / together:.1f}; training at batch 100: {1 / fast:.1f} steps/s, one by one "
        f"{1 / slow:.2f}, ratio {slow / fast:.1f}; with 64 neurons and 60 % replayed, as the "
        f"generator has it: {1 / less:.0f} objects/s, {1 / lean:.1f} steps/s"
    )
    assert alone / together > 10
    assert slow / fast > 10
    assert max(together, less) < 1 / 5000
    assert lean < 1 / 50  # as the generator trains


def test_where_the_time_of_a_step_goes(crystals):
    """Remembering and choosing what to replay takes less than a twentieth of a step."""
    parts = 10
    network = GFlowNet(crystals, Settings(ahead=parts), seed=0)
    states = network.random(400, seed=3)
    network.know(states, reward)
    network.train(reward, 200, seed=0)
    rng, generator = stream(0, "perf"), torch.Generator().manual_seed(0)
    step = seconds(lambda: network.train(reward, parts, seed=1), 4) / parts
    new = network.new * parts
    conditions = network.settings.conditioning.draw(100 * parts, generator, parts)
    features = conditions.features[:new]
    built, _ = rollout(crystals, network.policy, features, generator)
    judge = Judge(reward, 1, -20.0, Progress())
    scores = judge(built.objects)

    def bookkeeping():
        network.replay.add(batches.entries_of(built.objects, scores), rng)
        network.replay.draw(conditions.weights[:new].numpy(), rng)
        network.known.draw(conditions.weights[new:].numpy(), rng)

    kept = seconds(bookkeeping, 8) / parts
    walk = seconds(lambda: rollout(crystals, network.policy, features, generator), 4) / parts
    again = seconds(
        lambda: batches.remembered(
            crystals, network.replay, conditions.rows(slice(new, None)), rng
        ),
        4,
    )
    batch = network._batches(1, judge, generator, rng)[0]
    learn = seconds(lambda: network._learn(batch, 1.0), 10)
    print(  # noqa: T201 - a measurement
        f"\na step of 100 ({network.new} new): {1e3 * step:.1f} ms, of which rollout "
        f"{1e3 * walk:.1f}, replayed and known trajectories {1e3 * again / parts:.1f}, "
        f"loss and gradient {1e3 * learn:.1f}, bookkeeping {1e3 * kept:.2f} "
        f"({100 * kept / step:.1f} %)"
    )
    assert kept < 0.05 * step


def test_what_each_call_of_the_environment_costs(crystals):
    """Per object, in a rollout of 700."""
    network = GFlowNet(crystals, Settings(), seed=0)
    spent = {}

    class Timed:
        def __getattr__(self, name):
            value = getattr(crystals, name)
            if not callable(value):
                return value

            def timed(*arguments):
                begun = time.process_time()
                result = value(*arguments)
                spent[name] = spent.get(name, 0.0) + time.process_time() - begun
                return result

            return timed

    environment, generator = Timed(), torch.Generator().manual_seed(0)
    nothing = torch.zeros((700, 0))
    rollout(crystals, network.policy, nothing, generator)
    begun = time.process_time()
    for _ in range(5):
        rollout(environment, network.policy, nothing, generator)
    total = time.process_time() - begun
    each = {name: round(1e6 * value / 3500, 1) for name, value in spent.items()}
    print(f"\nmicroseconds per object: {1e6 * total / 3500:.1f}, of which {each}")  # noqa: T201
    assert sum(spent.values()) < total


ALONE = """
from pathlib import Path

from samplers.gflownet.crystals import CrystalEnvironment
from samplers.gflownet.settings import Settings
from samplers.gflownet.trainer import GFlowNet
from samplers.limits import Limits

network = GFlowNet(CrystalEnvironment(Limits()), Settings(), seed=0)
network.train(lambda states, coordinates: coordinates.sum(1), 40, seed=0)
network.sample(10_000, seed=0)
status = Path("/proc/self/status").read_text()
print(int(status.partition("VmHWM:")[2].split()[0]) // 1024)
"""
"""The high-water mark of the process itself: that of getrusage begins with its parent's."""


def test_training_takes_little_memory_in_a_process_of_its_own(crystals):
    assert crystals  # its tables are on disk by now
    root = Path(__file__).parents[2]
    done = subprocess.run(
        [sys.executable, "-c", ALONE], cwd=root, capture_output=True, text=True, check=True
    )
    peak = int(done.stdout)
    print(f"\npeak memory: {peak} MiB")  # noqa: T201
    assert peak < 600  # of which 330 are imports, 100 the tables of the masks
