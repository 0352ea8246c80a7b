using FluentAssertions;
using KernelGateway.Contexts;
using KernelGateway.Executions;
using KernelGateway.Languages;
using KernelGateway.Protocol.Messages;
using KernelGateway.Protocol.Messages.Shell;
using KernelGateway.Testing.Scripting;
using KernelGateway.Tests.Kernels;
using KernelGateway.Tests.Transports;
using NUnit.Framework;

namespace KernelGateway.Tests.Contexts;

/// <summary>The variables that all kernels get, replaced while a kernel runs.</summary>
[TestFixtureSource(typeof(TestedTransport), nameof(TestedTransport.OverTcp))]
public sealed class SharedVariablesUpdateTests(TestedTransport tested)
{
    private const int TestTimeout = 30_000;

    [Test]
    [CancelAfter(TestTimeout)]
    public async Task Kernel_that_runs_gets_replaced_variables_before_its_next_code_and_only_once(
        CancellationToken cancellationToken)
    {
        await using var scripted = await StartAsync("bash");
        var context = await scripted.CreateContextAsync(cancellationToken);
        var requests = Record(scripted.Kernel);
        await context.RunAsync("return 1", cancellationToken: cancellationToken);

        scripted.Gateway.Variables.Replace(Map("A", "1"));
        await context.RunAsync("return 2", cancellationToken: cancellationToken);
        await context.RunAsync("return 3", cancellationToken: cancellationToken);

        requests.Should().Equal("return 1", Change("bash", "A", "1"), "return 2", "return 3");
    }

    [Test]
    [CancelAfter(TestTimeout)]
    public async Task Variables_of_one_execution_are_set_after_them_and_so_count_before_them(CancellationToken cancellationToken)
    {
        await using var scripted = await StartAsync("bash");
        var context = await scripted.CreateContextAsync(cancellationToken);
        var requests = Record(scripted.Kernel);
        scripted.Gateway.Variables.Replace(Map("A", "shared"));

        var options = new ExecutionOptions { EnvironmentVariables = Map("A", "once") };
        await context.RunAsync("return 1", options, cancellationToken: cancellationToken);

        var bash = LanguageProfile.Find("bash")!;
        requests.Take(3).Should().Equal(Change("bash", "A", "shared"), bash.SetVariables(Map("A", "once")), "return 1");
    }

    [Test]
    [CancelAfter(TestTimeout)]
    public async Task Java_gets_the_variables_of_its_launch_as_properties(CancellationToken cancellationToken)
    {
        await using var scripted = await StartAsync("java", ("A", "1"));
        var context = await scripted.CreateContextAsync(cancellationToken);
        var requests = Record(scripted.Kernel);

        await context.RunAsync("return 1", cancellationToken: cancellationToken);
        await context.RunAsync("return 2", cancellationToken: cancellationToken);

        requests.Should().Equal(Change("java", "A", "1"), "return 1", "return 2");
    }

    [Test]
    [CancelAfter(TestTimeout)]
    public async Task Language_without_a_profile_runs_its_code_alone(CancellationToken cancellationToken)
    {
        await using var scripted = await StartAsync("echo");
        var context = await scripted.CreateContextAsync(cancellationToken);
        var requests = Record(scripted.Kernel);

        scripted.Gateway.Variables.Replace(Map("A", "1"));
        await context.RunAsync("return 1", cancellationToken: cancellationToken);

        requests.Should().Equal("return 1");
    }

    [Test]
    [CancelAfter(TestTimeout)]
    public async Task Name_that_the_language_cannot_have_is_left_out(CancellationToken cancellationToken)
    {
        await using var scripted = await StartAsync("bash");
        var context = await scripted.CreateContextAsync(cancellationToken);
        var requests = Record(scripted.Kernel);

        scripted.Gateway.Variables.Replace(Map("A-B", "1"));
        var execution = await context.RunAsync("return 1", cancellationToken: cancellationToken);

        execution.End.Reason.Should().Be(ExecutionEndReason.Completed);
        requests.Should().Equal("return 1");
    }

    [Test]
    [CancelAfter(TestTimeout)]
    public async Task Kernel_that_refuses_them_runs_its_code_and_a_warning_is_logged(CancellationToken cancellationToken)
    {
        await using var scripted = await StartAsync("bash");
        var context = await scripted.CreateContextAsync(cancellationToken);
        scripted.Kernel.On(MessageTypes.ExecuteRequest, async request =>
        {
            if (!request.ReadContent<ExecuteRequest>().IsSilent)
            {
                await scripted.Kernel.Language.ExecuteAsync(request);
                return;
            }

            await request.BusyAsync();
            await request.ReplyErrorAsync(0, "Refused", "");
            await request.IdleAsync();
        });

        scripted.Gateway.Variables.Replace(Map("A", "1"));
        var execution = await context.RunAsync("return 1", cancellationToken: cancellationToken);

        execution.Text.Should().Be("1");
        scripted.Log.Entries.Should().Contain(entry => entry.EventId.Id == 4111);
    }

    private Task<ScriptedGateway> StartAsync(string language, params (string Name, string Value)[] variables) =>
        tested.StartGatewayAsync(one =>
        {
            one.Language = language;
            foreach (var (name, value) in variables) one.Options.Launching.Variables[name] = value;
        });

    // The code of all requests, in their order.
    private static List<string> Record(ScriptedKernel kernel)
    {
        var requests = new List<string>();
        kernel.On(MessageTypes.ExecuteRequest, request =>
        {
            requests.Add(request.ReadContent<ExecuteRequest>().Code);
            return kernel.Language.ExecuteAsync(request);
        });
        return requests;
    }

    private static string Change(string language, string name, string value) =>
        LanguageProfile.Find(language)!.ChangeVariables(new Dictionary<string, string?> { [name] = value });

    private static Dictionary<string, string> Map(string name, string value) => new() { [name] = value };
}
