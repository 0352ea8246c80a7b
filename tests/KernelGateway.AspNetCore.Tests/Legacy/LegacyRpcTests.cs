using FluentAssertions;
using Newtonsoft.Json.Linq;
using NUnit.Framework;

namespace KernelGateway.AspNetCore.Tests.Legacy;

/// <summary>The JSON-RPC of the first generation: calls, results and errors.</summary>
[CancelAfter(30_000)]
public sealed class LegacyRpcTests
{
    [Test]
    public async Task A_method_without_a_result_answers_null(CancellationToken cancellationToken)
    {
        await using var legacy = await LegacyServer.StartAsync(cancellationToken);

        var answer = await legacy.Client.AskAsync(cancellationToken, "filesystem_makeDir", legacy.PathOf("a/b"));

        answer.Should().HaveCount(3).And.ContainKey("result");
        answer["result"]!.Type.Should().Be(JTokenType.Null);
        ((string?)answer["jsonrpc"]).Should().Be("2.0");
    }

    [Test]
    public async Task An_id_that_is_a_number_comes_back_as_a_number(CancellationToken cancellationToken)
    {
        await using var legacy = await LegacyServer.StartAsync(cancellationToken);

        var answer = await legacy.Client.AskTextAsync(
            """{"jsonrpc":"2.0","id":7,"method":"filesystem_list","params":["/"]}""", message => message["id"]!.Type == JTokenType.Integer, cancellationToken);

        ((int)answer["id"]!).Should().Be(7);
    }

    [TestCase("nothing_at_all", -32601, "the method nothing_at_all does not exist/is not available")]
    [TestCase("filesystem_fly", -32601, "the method filesystem_fly does not exist/is not available")]
    [TestCase("nounderscore", -32601, "the method nounderscore does not exist/is not available")]
    public async Task An_unknown_method_is_an_error(string method, int code, string message, CancellationToken cancellationToken)
    {
        await using var legacy = await LegacyServer.StartAsync(cancellationToken);

        (await legacy.Client.FailAsync(cancellationToken, method)).Should().Be((code, message));
    }

    [Test]
    public async Task Wrong_parameters_are_named(CancellationToken cancellationToken)
    {
        await using var legacy = await LegacyServer.StartAsync(cancellationToken);

        (await legacy.Client.FailAsync(cancellationToken, "filesystem_read")).Should().Be((-32602, "missing value for required argument 0"));
        (await legacy.Client.FailAsync(cancellationToken, "filesystem_read", 5)).Should().Be((-32602, "invalid argument 0: not a string"));
        (await legacy.Client.FailAsync(cancellationToken, "filesystem_read", "/a", "/b")).Should().Be((-32602, "too many arguments, want at most 1"));
        (await legacy.Client.FailAsync(cancellationToken, "process_subscribe", "onSmell", "p"))
            .Should().Be((-32601, "no \"onSmell\" subscription in process namespace"));
    }

    [TestCase("{", -32700)]
    [TestCase("""{"id":"x","params":[]}""", -32600)]
    [TestCase("[]", -32600)]
    public async Task A_message_that_is_no_call_is_answered_and_the_connection_goes_on(string text, int code, CancellationToken cancellationToken)
    {
        await using var legacy = await LegacyServer.StartAsync(cancellationToken);

        var answer = await legacy.Client.AskTextAsync(text, message => message["error"] is not null, cancellationToken);

        ((int)answer["error"]!["code"]!).Should().Be(code);
        (await legacy.Client.CallAsync(cancellationToken, "filesystem_list", legacy.Directory)).Should().BeEmpty();
    }

    [Test]
    public async Task Calls_that_run_are_answered_with_an_error_before_the_connections_are_closed(CancellationToken cancellationToken)
    {
        await using var legacy = await LegacyServer.StartAsync(cancellationToken);
        await using var idle = await RpcClient.ConnectAsync(legacy.Server, cancellationToken);
        await idle.CallAsync(cancellationToken, "filesystem_list", legacy.Directory);
        _ = legacy.Server.Provisioner.HoldLaunches();
        var waiting = await legacy.Client.SendAsync("filesystem_read", "/root/.jupyter/kernel_id");
        await legacy.Server.Provisioner.Launches.WaitForAsync(_ => true, cancellationToken);

        using var answer = await legacy.Server.Client.DeleteAsync("/ws", cancellationToken);

        answer.StatusCode.Should().Be(System.Net.HttpStatusCode.NoContent);
        await Task.WhenAll(legacy.Client.Closed, idle.Closed).WaitAsync(cancellationToken);
        var last = legacy.Client.Received.Items.Where(message => (string?)message["id"] == waiting).Should().ContainSingle().Subject;
        last["error"]!.ToString(Newtonsoft.Json.Formatting.None).Should().Be("""{"code":-32000,"message":"The sandbox is ending."}""");
        idle.Received.Items.Should().OnlyContain(message => message["error"] == null);
    }

    [Test]
    public async Task Unsubscribing_is_always_true(CancellationToken cancellationToken)
    {
        await using var legacy = await LegacyServer.StartAsync(cancellationToken);
        var id = (string)(await legacy.Client.CallAsync(cancellationToken, "process_subscribe", "onExit", "p"))!;

        for (var i = 0; i < 3; i++) ((bool)await legacy.Client.CallAsync(cancellationToken, "process_unsubscribe", id)).Should().BeTrue();
    }
}
