using FluentAssertions;
using KernelGateway.Kernelspecs;
using KernelGateway.Launching;
using KernelGateway.Protocol.Connection;
using KernelGateway.Tests.Launching.Support;
using NUnit.Framework;

namespace KernelGateway.Tests.Launching.Registration;

/// <summary>A small Python kernel that registers as xeus does, over libzmq.</summary>
[Platform("Linux")]
[Category("RequiresKernel")]
public class RegistrationHandshakeTests
{
    private const string Kernel =
        """
        import hashlib, hmac, json, os, signal, sys, zmq
        with open(sys.argv[1]) as file: registration = json.load(file)
        assert isinstance(registration["registration_port"], str) and "shell_port" not in registration, registration
        key = os.environ.get("KEY", registration["key"]).encode()
        def sign(content): return hmac.new(key, content, hashlib.sha256).hexdigest().encode()
        context = zmq.Context()
        sockets, ports = [], {}
        for channel, kind in dict(shell=zmq.ROUTER, control=zmq.ROUTER, stdin=zmq.ROUTER, iopub=zmq.PUB, hb=zmq.REP).items():
            s = context.socket(kind)
            ports[channel + "_port"] = str(s.bind_to_random_port("tcp://" + registration["ip"]))
            sockets.append(s)
        registrar = context.socket(zmq.DEALER)
        registrar.connect("tcp://%s:%s" % (registration["registration_ip"], registration["registration_port"]))
        content = json.dumps(dict(ports, kernel_id=registration["kernel_id"])).encode()
        registrar.send_multipart([b"<IDS|MSG>", sign(content), content])
        delimiter, signature, answer = registrar.recv_multipart()
        assert delimiter == b"<IDS|MSG>" and signature == sign(answer) and answer == b"ACK", (delimiter, signature, answer)
        registrar.close()
        with open(os.environ["FIFO"], "w") as fifo: fifo.write(json.dumps(dict(ports, ip=registration["ip"])) + "\n")
        signal.pause()
        """;

    private static readonly KernelSpec Spec = LaunchBench.PythonScript(Kernel) with { KernelProtocolVersion = "5.6" };

    [Test, CancelAfter(60_000)]
    public async Task Kernel_tells_its_ports_and_other_clients_find_them(CancellationToken cancellationToken)
    {
        await using var bench = new LaunchBench();
        using var fifo = bench.CreateFifo();

        await using var process = await bench.LaunchAsync(Spec, cancellationToken, ("FIFO", fifo.Path));

        var bound = Newtonsoft.Json.Linq.JObject.Parse(await fifo.ReadLineAsync(cancellationToken));
        var info = process.ConnectionInfo;
        new[] { info.ShellPort, info.ControlPort, info.StdinPort, info.IOPubPort, info.HeartbeatPort }.Should().Equal(
            new[] { "shell", "control", "stdin", "iopub", "hb" }.Select(channel => (int)bound[$"{channel}_port"]!));
        info.Ip.Should().Be((string?)bound["ip"]);
        (await ConnectionFile.ReadAsync(process.ConnectionFilePath, cancellationToken)).Should().Be(info);
    }

    [Test, CancelAfter(60_000)]
    public async Task Several_kernels_register_at_once_and_again_when_they_are_started_again(CancellationToken cancellationToken)
    {
        await using var bench = new LaunchBench();
        using var fifo = bench.CreateFifo();
        var launches = Enumerable.Range(0, 4).Select(_ => LaunchBench.Launch(Spec, ("FIFO", fifo.Path))).ToArray();

        for (var round = 0; round < 2; round++)
        {
            var processes = await Task.WhenAll(launches.Select(launch => bench.Provisioner.LaunchAsync(launch, cancellationToken)));

            processes.Select(process => (process.ConnectionInfo.Ip, process.ConnectionInfo.ShellPort)).Should().OnlyHaveUniqueItems();
            foreach (var process in processes) await process.DisposeAsync();
        }

        bench.RunEntries.Where(path => path.EndsWith(".json")).Should().BeEmpty();
    }

    [Test, CancelAfter(60_000)]
    public async Task Kernel_that_ends_without_registering_fails_the_launch(CancellationToken cancellationToken)
    {
        await using var bench = new LaunchBench();
        var spec = LaunchBench.Shell("echo broken >&2; exit 3") with { KernelProtocolVersion = "5.6" };

        var launching = () => bench.LaunchAsync(spec, cancellationToken);

        var failure = (await launching.Should().ThrowAsync<KernelLaunchException>()).Which;
        failure.Reason.Should().Be(LaunchFailureReason.ExitedEarly);
        failure.Exit.Should().Be(new KernelExit(3, null));
        failure.StandardErrorTail.Should().Be("broken\n");
        bench.RunEntries.Where(path => path.EndsWith(".json")).Should().BeEmpty();
    }

    [Test, CancelAfter(60_000)]
    public async Task Kernel_with_a_wrong_key_is_refused(CancellationToken cancellationToken)
    {
        await using var bench = new LaunchBench();
        using var fifo = bench.CreateFifo();
        using var cancellation = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var launching = bench.LaunchAsync(Spec, cancellation.Token, ("FIFO", fifo.Path), ("KEY", "wrong"));

        await bench.Log.WaitForAsync("its signature is wrong").WaitAsync(cancellationToken);

        launching.IsCompleted.Should().BeFalse();
        await cancellation.CancelAsync();
        var waiting = () => launching;
        await waiting.Should().ThrowAsync<OperationCanceledException>();
    }

    [Test, CancelAfter(60_000)]
    public async Task Kernel_that_never_registers_fails_the_launch_when_its_time_is_over(CancellationToken cancellationToken)
    {
        await using var bench = new LaunchBench(options => options.RegistrationTimeout = TimeSpan.FromMilliseconds(100));
        var spec = LaunchBench.Shell("exec sleep 1000") with { KernelProtocolVersion = "5.6" };

        var launching = () => bench.LaunchAsync(spec, cancellationToken);

        (await launching.Should().ThrowAsync<KernelLaunchException>()).Which.Reason.Should().Be(LaunchFailureReason.NotReadyInTime);
        bench.RunEntries.Where(path => path.EndsWith(".json")).Should().BeEmpty();
    }

    [Test, CancelAfter(60_000)]
    public async Task Cancelled_launch_ends_the_kernel_that_has_not_registered(CancellationToken cancellationToken)
    {
        await using var bench = new LaunchBench();
        using var fifo = bench.CreateFifo();
        using var cancellation = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var spec = LaunchBench.Shell("echo $$ > \"$FIFO\"; exec sleep 1000") with { KernelProtocolVersion = "5.6" };
        var launching = bench.LaunchAsync(spec, cancellation.Token, ("FIFO", fifo.Path));
        var processId = int.Parse(await fifo.ReadLineAsync(cancellationToken));

        await cancellation.CancelAsync();

        var waiting = () => launching;
        await waiting.Should().ThrowAsync<OperationCanceledException>();
        LaunchBench.Exists(processId).Should().BeFalse();
        bench.RunEntries.Where(path => path.EndsWith(".json")).Should().BeEmpty();
    }

    [Test, CancelAfter(60_000)]
    public async Task Kernel_that_does_not_offer_it_gets_a_connection_file(CancellationToken cancellationToken)
    {
        await using var bench = new LaunchBench();
        var spec = LaunchBench.Spec("/bin/cat", "{connection_file}") with { KernelProtocolVersion = "5.5" };

        await using var process = await bench.LaunchAsync(spec, cancellationToken);
        await process.Exited.WaitAsync(cancellationToken);

        process.StandardOutputTail.Should().Contain("shell_port").And.NotContain("registration_ip");
    }
}
