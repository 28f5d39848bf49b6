"""What is known of each build: RAM, structs, flash, and what its handshakes cost."""
import os
from concurrent.futures import ThreadPoolExecutor

import handshakes
from accounts import Sources, counted_flash, flash, static_ram, struct_sizes
from builds import build, crypto_of
from parties import Parties, build_proxy


def measure(builds):
    """Handshakes of one build go on while the next one is compiled."""
    build_proxy()
    facts = {}
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        for name, (profile, _) in builds.items():
            tree = build(name)
            people, sources, static = Parties(profile), Sources(tree, crypto_of(profile)), static_ram(tree)
            layers, objects = flash(tree, sources)
            runs = {f"{case} 1.{version - 10}": pool.submit(handshakes.measure, tree, sources, people, case, version)
                    for case, version in handshakes.cases_of(name)}
            facts[name] = {"static": static, "structs": struct_sizes(tree), "flash": dict(layers),
                           "flash counted": counted_flash(layers),
                           "objects": {f"{layer}/{member}": size for (layer, member), size in objects.items()},
                           "runs": runs}
        for fact in facts.values():
            fact["runs"] = {case: run.result() for case, run in fact["runs"].items()}
    return facts
