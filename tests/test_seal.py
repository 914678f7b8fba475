"""The seal: each slot opens by itself, the root key rotates without a loss, and nothing else opens the data."""

import json
import os
import random
import re
import shutil
import socket
import subprocess
import tarfile
import time
import urllib.error
import urllib.request
from pathlib import Path

import pytest
from botocore.exceptions import ClientError

from support import token as pkcs11
from support.caller import Caller, Keys
from support.server import BINARY, Server, environment

ROOT_KEYS = Keys("AKIAROOTROOTROOTROOT", "a-secret-of-a-test-that-nobody-else-has-40")
ROOT = {"CLAVIGER_ROOT_ACCESS_KEY_ID": ROOT_KEYS.id, "CLAVIGER_ROOT_SECRET_ACCESS_KEY": ROOT_KEYS.secret}
# How often the rotation is killed; with CLAVIGER_KILLS as often as the other crash loops.
KILLS = max(10, int(os.environ.get("CLAVIGER_KILLS", "0")))
SEALED = 3
PASSPHRASE = "correct horse battery staple"


class House:
    """A data directory, with a user whose secret access key is sealed in it."""

    def __init__(self, folder):
        self.folder = folder
        self.data = folder / "data"
        self.keys = None

    def seal(self, *arguments, code=0, **variables):
        """Runs `claviger seal`, and gives what it printed: to standard output, or where it failed to standard error."""
        command = [BINARY, "seal", *arguments, "--data", self.data]
        done = subprocess.run(
            command,
            cwd=self.folder,
            env=environment(**variables),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        assert done.returncode == code, (done.stdout, done.stderr)
        return done.stdout if code == 0 else done.stdout + done.stderr

    def slots(self):
        """The ids of the slots."""
        return [slot["id"] for slot in json.loads(self.seal("status", "--json"))["slots"]]

    def root_key(self):
        """The id of the root key."""
        return json.loads(self.seal("status", "--json"))["rootKey"]

    def server(self, *arguments, **variables):
        """A server on the data directory."""
        return Server(self.folder, "--data", self.data, *arguments, variables=ROOT | variables).start()

    def found(self):
        """Begins the data directory."""
        server = self.server()
        root = Caller(server.endpoint, ROOT_KEYS, "root")
        root.call("iam:CreateUser", UserName="kept")
        key = root.call("iam:CreateAccessKey", UserName="kept")["AccessKey"]
        self.keys = Keys(key["AccessKeyId"], key["SecretAccessKey"])
        server.stop()
        return self

    def opens(self, *arguments, **variables):
        """A server starts, and knows the secret that was sealed."""
        server = self.server(*arguments, **variables)
        arn = Caller(server.endpoint, self.keys, "kept").whoami()
        assert arn.endswith(":user/kept")
        banner = server.banner()
        server.stop()
        return banner

    def is_sealed(self, *arguments, **variables):
        """No server starts, and it says why."""
        command = [BINARY, "serve", "--listen", "127.0.0.1:0", "--data", self.data, *arguments]
        done = subprocess.run(
            command,
            env=environment(**ROOT | variables),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=30,
            check=False,
        )
        assert done.returncode == SEALED, (done.stdout, done.stderr)
        assert "no slot of it opened" in done.stderr and "listening" not in done.stdout
        return done.stderr


@pytest.fixture
def house(tmp_path):
    return House(tmp_path).found()


def printed_key(told):
    return re.search(r"^    [A-Z_]+=(\S+)$", told, re.MULTILINE)[1]


def printed_text(told):
    return "\n".join(re.findall(r"^    ((?:[0-9A-Z]{8}-){3}[0-9A-Z]{8})$", told, re.MULTILINE))


def secret_of(house, kind):
    """Adds a slot of a kind, and gives the environment that opens it."""
    if kind == "env":
        return {"CLAVIGER_SEAL_KEY": printed_key(house.seal("add", "env"))}
    if kind == "recovery":
        return {"CLAVIGER_SEAL_RECOVERY": printed_text(house.seal("add", "recovery"))}
    (house.folder / "passphrase").write_text(PASSPHRASE + "\n")
    house.seal("add", "passphrase", "--new-passphrase-file", house.folder / "passphrase")
    return {"CLAVIGER_SEAL_PASSPHRASE": PASSPHRASE}


@pytest.mark.parametrize("kind", ["env", "passphrase", "recovery"])
def test_a_slot_opens_without_any_other(house, kind):
    secret = secret_of(house, kind)
    assert house.slots() == ["file", kind]
    (name, value), = secret.items()
    assert value not in (house.data / "seal.json").read_text()
    assert f"{kind}: not tried" in house.seal("test")
    assert f"{kind}: opens" in house.seal("test", kind, **secret)
    house.seal("remove", "file", "--yes", **secret)
    assert not (house.data / "root.key").exists()
    assert name in house.is_sealed()
    assert f"slot '{kind}'" in house.opens(**secret)
    # A secret with another character, where all of its form is right.
    wrong = {"CLAVIGER_SEAL_KEY": "A" * 43 + "=", "CLAVIGER_SEAL_PASSPHRASE": PASSPHRASE + "s"}.get(name)
    if wrong:
        assert "not the secret of this slot" in house.is_sealed(**{name: wrong})
        assert "FAILED" in house.seal("test", code=1, **{name: wrong})


def test_files_and_the_configuration_name_the_secrets(house):
    text = secret_of(house, "recovery")["CLAVIGER_SEAL_RECOVERY"]
    house.seal("remove", "file", "--yes", CLAVIGER_SEAL_RECOVERY=text)
    paper = house.folder / "paper"
    # As people type it.
    paper.write_text(text.lower().replace("-", " ") + "\n\n")
    house.opens("--seal-recovery-file", paper)
    house.opens(CLAVIGER_SEAL_RECOVERY_FILE=str(paper))
    configuration = house.folder / "claviger.toml"
    configuration.write_text(f'seal-recovery-file = "{paper}"\nseal-slots = "recovery"\n')
    house.opens("--config", configuration)
    groups = paper.read_text().split()
    groups[3] = groups[3][::-1]
    paper.write_text(" ".join(groups))
    assert "group 4 of the recovery text has a typing error" in house.is_sealed("--seal-recovery-file", paper)
    paper.unlink()
    assert "cannot read" in house.is_sealed("--seal-recovery-file", paper)


def test_the_operator_says_which_slots_may_open(house):
    secret = secret_of(house, "env")
    assert "root.key" in house.opens(**secret)
    assert "slot 'env'" in house.opens("--seal-slots", "env", **secret)
    assert "slot 'env'" in house.opens("--seal-slots", "env,file", **secret)
    told = house.is_sealed("--seal-slots", "env")
    assert "CLAVIGER_SEAL_KEY is not set" in told and "file:" not in told
    assert "no slot to try" in house.is_sealed("--seal-slots", "recovery")


def free_port():
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


def health(endpoint):
    """Status and page of the server's health; None where nobody listens yet."""
    try:
        with urllib.request.urlopen(f"{endpoint}/_claviger/health", timeout=5) as response:
            return response.status, json.load(response)
    except urllib.error.HTTPError as error:
        with error:
            return error.code, json.load(error)
    except OSError:
        return None


def until(condition, seconds=20):
    """Waits until something is true."""
    end = time.monotonic() + seconds
    while not (found := condition()):
        assert time.monotonic() < end
        time.sleep(0.02)
    return found


def test_a_server_waits_for_its_seal_and_answers_that_it_is_sealed(house):
    text = secret_of(house, "recovery")["CLAVIGER_SEAL_RECOVERY"]
    house.seal("remove", "file", "--yes", CLAVIGER_SEAL_RECOVERY=text)
    paper, address = house.folder / "paper", f"127.0.0.1:{free_port()}"
    endpoint = f"http://{address}"
    command = [BINARY, "serve", "--listen", address, "--data", house.data]
    command += ["--wait-for-unseal", "--seal-recovery-file", paper]
    with open(house.folder / "log", "wb") as log:
        process = subprocess.Popen(command, env=environment(**ROOT), stdout=subprocess.DEVNULL, stderr=log)
    try:
        status, page = until(lambda: health(endpoint))
        assert (status, page["status"]) == (503, "sealed")
        user = Caller(endpoint, house.keys, "kept")
        for operation, code in (
            ("sts:GetCallerIdentity", "ServiceUnavailable"),
            ("iam:ListUsers", "ServiceUnavailable"),
            ("kms:ListKeys", "KMSInternalException"),
        ):
            with pytest.raises(ClientError) as caught:
                user.call(operation)
            assert caught.value.response["Error"]["Code"] == code
            assert caught.value.response["ResponseMetadata"]["HTTPStatusCode"] == 503
        # The seal can be mended meanwhile.
        assert house.slots() == ["recovery"]
        (house.folder / "paper.new").write_text(text)
        (house.folder / "paper.new").rename(paper)
        until(lambda: health(endpoint)[0] == 200)
        assert user.whoami().endswith(":user/kept")
    finally:
        process.terminate()
        assert process.wait(20) == 0


def test_a_wrong_secret_is_not_tried_again(house):
    text = secret_of(house, "recovery")["CLAVIGER_SEAL_RECOVERY"]
    house.seal("remove", "file", "--yes", CLAVIGER_SEAL_RECOVERY=text)
    assert "typing error" in house.is_sealed("--wait-for-unseal", CLAVIGER_SEAL_RECOVERY="A" * 64)


def test_a_server_can_begin_without_a_root_key_in_a_file(tmp_path):
    house = House(tmp_path)
    key = printed_key(house.seal("add", "env", "--variable", "MY_KEY"))
    assert house.slots() == ["env"]
    server = house.server(MY_KEY=key)
    assert not (house.data / "root.key").exists()
    server.stop()
    assert "MY_KEY is not set" in house.is_sealed()
    # A key that the operator made.
    house.seal("add", "env", "--variable", "MINE", "--id", "mine", MY_KEY=key, MINE="ab" * 32)
    house.server("--seal-slots", "mine", MINE="ab" * 32).stop()
    assert "44 characters of base64" in house.seal(
        "add", "env", "--variable", "WEAK", "--id", "weak", code=1, MY_KEY=key, WEAK="password"
    )


def test_slots_are_changed_while_the_server_is_stopped(house):
    server = house.server()
    for change in (["add", "recovery"], ["remove", "file", "--yes"], ["rotate"]):
        assert "in use" in house.seal(*change, code=1)
    assert house.slots() == ["file"]
    assert "file: opens" in house.seal("test")
    server.stop()


def test_the_last_slot_stays_and_what_remains_has_opened(house):
    assert "another one must open" in house.seal("remove", "file", "--yes", code=SEALED)
    secret = secret_of(house, "env")
    # Nobody has shown that the other slot opens.
    house.seal("remove", "file", "--yes", code=SEALED)
    assert "say --yes" in house.seal("remove", "file", code=1, **secret)
    assert house.slots() == ["file", "env"]
    assert "no recovery slot remains" in house.seal("remove", "file", "--yes", **secret)
    house.seal("add", "recovery", **secret)
    assert "no slot 'nobody'" in house.seal("remove", "nobody", "--yes", code=1, **secret)
    house.seal("add", "file", **secret)
    assert house.slots() == ["env", "recovery", "file"]
    assert "root.key" in house.opens("--seal-slots", "file")


def test_short_passphrases_and_taken_ids_are_refused(house):
    (house.folder / "short").write_text("hunter2")
    told = house.seal("add", "passphrase", "--new-passphrase-file", house.folder / "short", code=1)
    assert "at least 12 characters" in told and "hunter2" not in told
    assert "--new-passphrase-file" in house.seal("add", "passphrase", code=1)
    assert "already" in house.seal("add", "recovery", "--id", "file", code=1)
    assert "1 to 64" in house.seal("add", "recovery", "--id", "Not Good", code=1)
    assert house.slots() == ["file"]


def test_the_paper_brings_a_lost_key_back(house):
    text = secret_of(house, "recovery")["CLAVIGER_SEAL_RECOVERY"]
    root_key = house.root_key()
    (house.data / "root.key").unlink()
    assert "root.key" in house.is_sealed()
    assert "slot 'recovery'" in house.opens(CLAVIGER_SEAL_RECOVERY=text)
    # The file's slot is there and its file is gone: it is made anew.
    house.seal("remove", "file", "--yes", CLAVIGER_SEAL_RECOVERY=text)
    house.seal("add", "file", CLAVIGER_SEAL_RECOVERY=text)
    assert house.root_key() == root_key
    assert "root.key" in house.opens()


def test_another_servers_key_is_told(house, tmp_path):
    other = tmp_path / "other"
    other.mkdir()
    other = House(other).found()
    shutil.copy(other.data / "root.key", house.data / "root.key")
    told = house.is_sealed()
    assert other.root_key() in told and house.root_key() in told
    # A seal that belongs to other data, with its key.
    shutil.copy(other.data / "seal.json", house.data / "seal.json")
    assert "belongs to other data" in house.seal("rotate", code=1)
    (house.data / "seal.json").unlink()
    assert "seal.json in place" in house.seal("add", "recovery", code=1)


def test_a_new_root_key_opens_all_that_was_sealed(house):
    secrets = secret_of(house, "env") | secret_of(house, "recovery")
    server = house.server()
    root = Caller(server.endpoint, ROOT_KEYS, "root")
    user = Caller(server.endpoint, house.keys, "kept")
    root.call(
        "iam:PutUserPolicy",
        UserName="kept",
        PolicyName="all",
        PolicyDocument='{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"*","Resource":"*"}}',
    )
    session = Keys.of(user.call("sts:GetSessionToken")["Credentials"])
    kms = user.client("kms")
    key_id = kms.create_key()["KeyMetadata"]["KeyId"]
    sealed = kms.encrypt(KeyId=key_id, Plaintext=b"a secret")["CiphertextBlob"]
    server.stop()
    old, old_file = house.root_key(), (house.data / "root.key").read_bytes()

    told = house.seal("rotate")
    assert old in told and house.root_key() in told and house.root_key() != old
    assert (house.data / "root.key").read_bytes() != old_file
    for kind, (name, value) in zip(["env", "recovery"], secrets.items(), strict=True):
        assert f"slot '{kind}'" in house.opens("--seal-slots", kind, **{name: value})
    server = house.server()
    assert Caller(server.endpoint, session, "kept").whoami().endswith(":user/kept")
    kms = Caller(server.endpoint, house.keys, "kept").client("kms")
    assert kms.decrypt(CiphertextBlob=sealed)["Plaintext"] == b"a secret"
    assert "intact" in server.command("events", "--verify", "--data", house.data)
    events = [json.loads(line) for line in server.command("events", "--data", house.data).splitlines()]
    names = [event["eventName"] for event in events]
    assert names.count("AddSealSlot") == 2 and names.count("RotateRootKey") == 1
    server.stop()
    (house.data / "root.key").write_bytes(old_file)
    assert old in house.is_sealed()


def inode(path):
    """The number of the file that has a name now; None for no file."""
    try:
        return path.stat().st_ino
    except FileNotFoundError:
        return None


def kill_at(process, path, delay):
    """Kills the process some seconds after another file has got the name of `path`, or when it has ended."""
    was = inode(path)
    while inode(path) == was and process.poll() is None:
        pass
    time.sleep(delay)
    process.kill()
    process.wait()


@pytest.mark.timeout(60 + 3 * KILLS)
def test_a_rotation_that_is_killed_loses_nothing(house):
    secret = secret_of(house, "env")
    seen, unfinished = {house.root_key()}, 0
    dice = random.Random(4)
    # Each file that the rotation renames, and the files that they are before.
    moments = ["seal.json", "root.key", "seal.json.partial", "root.key.partial", "claviger.db-wal"]
    for number in range(KILLS):
        command = [BINARY, "seal", "rotate", "--data", house.data]
        process = subprocess.Popen(command, env=environment(), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        kill_at(process, house.data / moments[number % len(moments)], dice.choice([0, 0, 0.0002, 0.001, 0.01]))
        status = json.loads(house.seal("status", "--json"))
        unfinished += status["rotating"]
        seen.add(status["rootKey"])
        told = house.seal("test", **secret)
        assert "file: opens" in told and "env: opens" in told
        if number % 5 == 0:
            assert "slot 'env'" in house.opens("--seal-slots", "env", **secret)
    assert "slot 'env'" in house.opens("--seal-slots", "env", **secret)
    assert "root.key" in house.opens()
    assert not json.loads(house.seal("status", "--json"))["rotating"]
    assert len(seen) > 1, "no rotation came to its end"
    assert unfinished > 0, "no kill came in between"
    print(f"{KILLS} kills, {len(seen)} root keys, {unfinished} rotations were left to the next start")


def test_a_backup_opens_by_the_paper(house):
    text = secret_of(house, "recovery")["CLAVIGER_SEAL_RECOVERY"]
    server = house.server()
    backup = house.folder / "backup"
    told = server.command("backup", backup, "--data", house.data)
    assert "does not include" in told and "opens by slot recovery" in told
    server.stop()
    assert sorted(path.name for path in backup.iterdir()) == ["manifest.json", "seal.json", "state.db", "trail"]
    # What comes later is not in the backup's way: each backup opens by what opened it then.
    house.seal("rotate")
    restored = House(house.folder)
    restored.data, restored.keys = house.folder / "restored", house.keys
    told = server.command("restore", backup, "--data", restored.data)
    assert "opens by slot recovery" in told
    assert "recovery" in restored.is_sealed()
    restored.opens(CLAVIGER_SEAL_RECOVERY=text)
    again = house.folder / "again"
    command = [BINARY, "restore", backup, "--data", again, "--root-key", house.data / "root.key"]
    done = subprocess.run(command, env=environment(), capture_output=True, text=True, timeout=30, check=False)
    assert done.returncode == 1 and "needs root key" in done.stderr


def test_a_backup_with_its_root_key_opens_alone(house):
    server = house.server()
    backup = house.folder / "backup"
    server.command("backup", backup, "--data", house.data, "--include-root-key")
    server.stop()
    restored = House(house.folder)
    restored.data, restored.keys = house.folder / "restored", house.keys
    server.command("restore", backup, "--data", restored.data)
    assert "root.key" in restored.opens()


def test_a_directory_of_before_there_were_seals_goes_on(tmp_path):
    """The sample was made by a version that had one key in root.key and nothing else."""
    house = House(tmp_path)
    with tarfile.open(Path(__file__).parent / "samples/data-without-seal.tar.gz") as archive:
        archive.extractall(tmp_path, filter="data")
    for folder in (house.data, house.data / "trail"):
        folder.chmod(0o700)
    house.keys = Keys(*(tmp_path / "keys").read_text().split())
    assert json.loads(house.seal("status", "--json"))["slots"] == [{"id": "file", "kind": "file"}]
    assert "root.key" in house.opens()
    assert not (house.data / "seal.json").exists(), "nothing is changed unasked"
    text = secret_of(house, "recovery")["CLAVIGER_SEAL_RECOVERY"]
    assert house.slots() == ["file", "recovery"]
    assert "begun without a seal" in house.seal("rotate")
    house.opens()
    house.seal("remove", "file", "--yes", CLAVIGER_SEAL_RECOVERY=text)
    house.opens(CLAVIGER_SEAL_RECOVERY=text)


def test_memory_stays_out_of_dumps_and_swap(house):
    server = house.server()
    proc = Path(f"/proc/{server.process.pid}")
    limit = next(line for line in (proc / "limits").read_text().splitlines() if line.startswith("Max core file size"))
    assert limit.split()[4:6] == ["0", "0"]
    status = dict(line.split(":\t", 1) for line in (proc / "status").read_text().splitlines() if ":\t" in line)
    if int(status["CapEff"], 16) >> 14 & 1:
        assert int(status["VmLck"].split()[0]) > 1024
        assert "swapped out" not in server.log()
    else:
        assert server.log().count("swapped out") == 1
    server.stop()


@pytest.fixture
def token(tmp_path):
    if pkcs11.module() is None:
        pytest.skip("softhsm2 is not installed: apt-get install softhsm2")
    return pkcs11.Token(tmp_path)


@pytest.mark.parametrize("kind", ["aes", "rsa"])
def test_a_token_opens_the_seal(house, token, kind):
    variables = token.variables | {"CLAVIGER_SEAL_PIN": pkcs11.PIN}
    if kind == "rsa":
        token.import_rsa("claviger")
        house.seal("add", "pkcs11", "--uri", token.uri("claviger"), **variables)
    else:
        place = ["--module", pkcs11.module(), "--token", token.label, "--key", "claviger"]
        assert "no AES key" in house.seal("add", "pkcs11", *place, code=1, **variables)
        house.seal("add", "pkcs11", *place, "--create-key", **variables)
    assert pkcs11.PIN not in (house.data / "seal.json").read_text()
    assert "token 'claviger test'" in house.seal("status")
    house.seal("remove", "file", "--yes", **variables)
    assert "slot 'pkcs11'" in house.opens(**variables)
    pin = house.folder / "pin"
    pin.write_text(pkcs11.PIN + "\n")
    house.opens("--seal-pin-file", pin, **token.variables)
    house.seal("rotate", **variables)
    house.opens(**variables)
    assert "CLAVIGER_SEAL_PIN" in house.is_sealed(**token.variables)
    told = house.is_sealed(**variables | {"CLAVIGER_SEAL_PIN": "0000-0000"})
    assert "refuses the PIN" in told and "0000-0000" not in told
    shutil.rmtree(token.folder / "tokens")
    (token.folder / "tokens").mkdir()
    assert "no token 'claviger test'" in house.is_sealed(**variables)


def test_another_kms_opens_the_seal(house, server, root):
    """The other KMS is another Claviger, asked as AWS's is: signed, and allowed by its policies."""
    kms = root.client("kms")
    key = kms.create_key()["KeyMetadata"]["Arn"]
    root.call("iam:CreateUser", UserName="unsealer")
    made = root.call("iam:CreateAccessKey", UserName="unsealer")["AccessKey"]
    keys = Keys(made["AccessKeyId"], made["SecretAccessKey"])
    variables = {"AWS_ACCESS_KEY_ID": keys.id, "AWS_SECRET_ACCESS_KEY": keys.secret}
    add = ["add", "aws-kms", "--endpoint", server.endpoint, "--key-id", key]
    assert "refuses Encrypt" in house.seal(*add, code=1, **variables)
    allowed = {
        "Effect": "Allow",
        "Action": ["kms:Encrypt", "kms:Decrypt"],
        "Resource": key,
        "Condition": {"StringEquals": {"kms:EncryptionContext:claviger:slot": "aws-kms"}},
    }
    document = json.dumps({"Version": "2012-10-17", "Statement": allowed})
    root.call("iam:PutUserPolicy", UserName="unsealer", PolicyName="unseal", PolicyDocument=document)
    house.seal(*add, **variables)
    assert "refuses Encrypt" in house.seal(*add, "--id", "other", code=1, **variables)
    house.seal("remove", "file", "--yes", **variables)
    assert "slot 'aws-kms'" in house.opens(**variables)
    own = {f"CLAVIGER_SEAL_{name}": value for name, value in variables.items()}
    house.opens(**own)
    assert "AWS_ACCESS_KEY_ID" in house.is_sealed()
    house.seal("rotate", **variables)
    house.opens(**variables)
    kms.disable_key(KeyId=key)
    assert "refuses Decrypt: DisabledException" in house.is_sealed(**variables)
    kms.enable_key(KeyId=key)
    root.call("iam:DeleteUserPolicy", UserName="unsealer", PolicyName="unseal")
    assert "refuses Decrypt: AccessDeniedException" in house.is_sealed(**variables)


def test_slot_keys_cross_no_network_in_clear(house):
    variables = {"AWS_ACCESS_KEY_ID": "a", "AWS_SECRET_ACCESS_KEY": "b"}
    add = ["add", "aws-kms", "--key-id", "alias/x", "--endpoint"]
    assert "in clear: use https" in house.seal(*add, "http://192.0.2.1:4566", code=1, **variables)
    assert "no server answers" in house.seal(*add, "http://127.0.0.1:9", code=1, **variables)
    assert "CLAVIGER_SEAL_AWS_ACCESS_KEY_ID" in house.seal(*add, "http://127.0.0.1:9", code=1)


def test_another_kms_is_trusted_by_its_certificate(house, tmp_path):
    samples = Path(__file__).parent / "samples"
    tls = ["--tls-cert", samples / "server.pem", "--tls-key", samples / "server.key"]
    folder = tmp_path / "other"
    folder.mkdir()
    other = Server(folder, "--dev", "--ephemeral", *tls).start()
    variables = {"AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test"}
    add = ["add", "aws-kms", "--key-id", "alias/none", "--endpoint", other.endpoint]
    assert "no server answers" in house.seal(*add, code=1, **variables)
    told = house.seal(*add, "--ca", samples / "server.pem", code=1, **variables)
    assert "refuses Encrypt: NotFoundException" in told
    other.stop()
