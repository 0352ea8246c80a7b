using KernelGateway.FunctionalTests.Support;
using NUnit.Framework;

namespace KernelGateway.FunctionalTests.Clients;

/// <summary>The unmodified npm package <c>@jupyterlab/services</c> against the real command, over both WebSocket protocols.</summary>
/// <remarks>The legacy protocol is tested only by <c>./test.sh --all</c>. Other clients use it in every run.</remarks>
[RequiresKernel]
public sealed class JupyterLabServicesTests : ServedTests
{
    private static readonly string[] Scenarios =
    [
        "kernelspecs",
        "kernel_life",
        "unknown_kernelspec",
        "protocol",
        "execute",
        "execute_error",
        "execute_many",
        "silent_and_expressions",
        "any_text",
        "large_output",
        "display_updates",
        "input",
        "input_not_allowed",
        "comm_from_the_kernel",
        "comm_from_the_client",
        "introspection",
        "interrupt",
        "restart",
        "restart_while_busy",
        "dropped_socket",
        "socket_dropped_a_hundred_times",
        "autorestart",
        "shut_down_by_another_client",
        "two_connections",
        "connect_to_a_running_kernel",
        "sessions",
        "kernel_of_its_own_session",
    ];

    private protected override void RequireClient() => ClientScript.RequireNodePackage("@jupyterlab/services");

    [TestCaseSource(nameof(Scenarios))]
    [CancelAfter(180_000)]
    public Task The_client_works_unmodified(string name, CancellationToken cancellationToken) => RunAsync(name, "v1", cancellationToken);

    [TestCaseSource(nameof(Scenarios))]
    [Category("EveryVariant")]
    [CancelAfter(180_000)]
    public Task The_client_works_unmodified_over_the_legacy_protocol(string name, CancellationToken cancellationToken) =>
        RunAsync(name, "legacy", cancellationToken);

    private Task RunAsync(string name, string protocol, CancellationToken cancellationToken)
    {
        var environment = ClientEnvironment();
        environment["KERNEL_PROTOCOL"] = protocol;
        return ClientScript.RunNodeAsync(environment, cancellationToken, "jupyterlab.mjs", name);
    }
}
