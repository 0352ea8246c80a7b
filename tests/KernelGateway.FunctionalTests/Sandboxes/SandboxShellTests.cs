using FluentAssertions;
using KernelGateway.FunctionalTests.Support;
using KernelGateway.SandboxServices;
using NUnit.Framework;

namespace KernelGateway.FunctionalTests.Sandboxes;

/// <summary><c>kernel-gateway sandboxes shell</c> in a terminal of this machine.</summary>
[Platform("Linux")]
public sealed class SandboxShellTests
{
    [Test]
    [CancelAfter(120_000)]
    public async Task Terminal_of_a_sandbox_that_was_paused_is_shown(CancellationToken cancellationToken)
    {
        await using var plane = await PlaneProcess.StartAsync(cancellationToken);
        using var create = CommandRun.Start("/", plane.Environment, "sandboxes", "create", "--env", "GIVEN=by the request");
        var id = (await create.WaitAsync(cancellationToken)).Output.Trim();
        await PauseAsync(plane, id, cancellationToken);
        await using var local = new LocalSandbox();

        string[] command =
        [
            "dotnet", Path.Combine(AppContext.BaseDirectory, "kernel-gateway.dll"), "sandboxes", "shell", id,
            "--", "bash", "--noprofile", "--norc", "-i",
        ];
        await using var terminal = await OpenTerminal.StartAsync(local, "/", plane.Environment, cancellationToken, command);

        await terminal.TypeAsync("stty size; echo do''ne $GIVEN\n");
        (await terminal.ReadUntilAsync("done by the request\r\n")).Should().Contain("24 80\r\n");
        await terminal.TypeAsync("exit 7\n");
        (await terminal.EndAsync()).ExitCode.Should().Be(7);
    }

    private static async Task PauseAsync(PlaneProcess plane, string id, CancellationToken cancellationToken)
    {
        using var client = new HttpClient();
        using var request = new HttpRequestMessage(HttpMethod.Post, $"{plane.Url}/sandboxes/{id}/pause");
        request.Headers.Add("X-API-KEY", plane.Key);
        using var response = await client.SendAsync(request, cancellationToken);
        response.EnsureSuccessStatusCode();
    }
}
