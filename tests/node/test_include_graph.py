"""The firmware's halves and their arrows, read from the sources: who includes whom."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from tests.node.include_graph import FIRMWARE, Sources, circle, component, reached

# What every firmware may have: these know of no sensing node. The shim is ESP-IDF's esp_err.h.
AGENT = {"hil_agent", "machine", "wire_struct", "crc32", "ports/shim"}
MACHINES = {"port_idf", "ports/host", "ports/qemu"}
NODE = {"node", "node_agent", "node_port_idf", "ports/node", "edge", "ruv_temporal"}
# Built without an operating system: what names a chip or one is in the ports.
PORTABLE = {"crc32", "edge", "hil_agent", "machine", "node", "node_agent", "ruv_temporal"}
C11 = {"float.h", "inttypes.h", "math.h", "stdarg.h", "stdatomic.h", "stdbool.h", "stddef.h"}
C11 |= {"stdint.h", "stdio.h", "stdlib.h", "string.h"}
BUILD_MAKES = {"sdkconfig.h"}
CODE = Sources()
COMPONENTS = CODE.by_component()


def test_every_component_is_in_one_half() -> None:
    others = {"main", "hil_agent_main", "host_library", "port_idf_main"}
    assert AGENT.isdisjoint(NODE) and MACHINES.isdisjoint(NODE)
    assert set(COMPONENTS) == AGENT | MACHINES | NODE | others


def test_the_agent_includes_nothing_of_the_node() -> None:
    """Nor does what it includes: any firmware can be put on it."""
    assert reached(COMPONENTS, {"hil_agent"}) <= AGENT


@pytest.mark.parametrize("port", sorted(MACHINES))
def test_a_machine_includes_nothing_of_the_node(port: str) -> None:
    assert reached(COMPONENTS, {port}) <= AGENT | MACHINES


def test_the_node_stands_beside_the_agent() -> None:
    """Only its commands know of both: a production image has neither them nor the agent."""
    assert "hil_agent" not in reached(COMPONENTS, NODE - {"node_agent", "ports/node"})


def test_the_node_leaves_form_and_kernel_of_the_head_to_the_head() -> None:
    """Who chooses them is a test, by way of the agent."""
    form = Path("components/ruv_temporal/include/ruv_temporal_form.h")
    users = {component(path) for path in CODE.files if form in CODE.includes(path)}
    assert users == {"ruv_temporal", "node_agent"}


def test_the_include_graph_has_no_circle() -> None:
    assert not circle(COMPONENTS)
    assert not circle(CODE.by_file())


def test_what_is_portable_names_no_chip_and_no_operating_system() -> None:
    portable = [path for path in CODE.files if component(path) in PORTABLE]
    assert len(portable) > 150
    for path in portable:
        foreign = {name for name in CODE.includes(path) if isinstance(name, str)}
        assert foreign <= BUILD_MAKES, path
        assert CODE.system_headers(path) <= C11, path


def test_a_name_means_one_header() -> None:
    """Else it is the folders' order that decides which is included."""
    for path in CODE.files:
        for found in CODE.includes(path):
            if isinstance(found, Path) and component(found) != component(path):
                owners = {component(twin) for twin in CODE.named[found.name]}
                assert len(owners) == 1, f"{path} includes {found.name} of {owners}"


# ---- the reading itself, on sources that break each rule -----------------------------------------


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """The firmware's sources, to be broken."""
    for path in CODE.files:
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(FIRMWARE / path, tmp_path / path)
    return tmp_path


def add(path: Path, line: str) -> None:
    path.write_text(f"{line}\n{path.read_text(encoding='utf-8')}", encoding="utf-8")


def test_a_header_of_the_node_in_the_agent_is_found(copy: Path) -> None:
    add(copy / "components/hil_agent/src/reply.c", '#include "node_settings.h"')
    assert "node" in reached(Sources(copy).by_component(), {"hil_agent"})


def test_a_list_of_the_node_s_structs_in_the_agent_is_found(copy: Path) -> None:
    add(copy / "components/hil_agent/src/layout.c", '#define WIRE_LIST "packet_list.h"')
    assert "node" in reached(Sources(copy).by_component(), {"hil_agent"})


def test_a_circle_of_components_is_named(copy: Path) -> None:
    add(copy / "components/machine/src/machine_log.c", '#include "hil_agent.h"')
    assert set(circle(Sources(copy).by_component())) >= {"hil_agent", "machine"}


def test_a_circle_of_headers_is_named(copy: Path) -> None:
    add(copy / "components/node/include/csi_rate.h", '#include "sensing.h"')
    add(copy / "components/node/include/sensing.h", '#include "csi_rate.h"')
    found = circle(Sources(copy).by_file())
    assert {Path(name).name for name in found} == {"csi_rate.h", "sensing.h"}


def test_a_chip_s_header_is_seen(copy: Path) -> None:
    path = Path("components/node/src/sensing.c")
    add(copy / path, '#include "esp_wifi.h"\n#include <unistd.h>')
    assert "esp_wifi.h" in Sources(copy).includes(path)
    assert Sources(copy).system_headers(path) - C11 == {"unistd.h"}
