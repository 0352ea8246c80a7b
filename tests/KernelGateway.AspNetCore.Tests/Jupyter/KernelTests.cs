using System.Net;
using FluentAssertions;
using KernelGateway.AspNetCore.Tests.Support;
using KernelGateway.Testing.Time;
using Newtonsoft.Json.Linq;
using NUnit.Framework;

namespace KernelGateway.AspNetCore.Tests.Jupyter;

public class KernelTests
{
    private const int TestTimeout = 60_000;
    private const string Nobody = "00000000-1111-2222-3333-444444444444";

    [Test]
    [CancelAfter(TestTimeout)]
    public async Task Kernel_is_started_with_201_its_model_and_its_address(CancellationToken cancellationToken)
    {
        await using var server = await GatewayServer.StartAsync();

        using var response = await server.Client.PostJsonAsync("/api/kernels", new JObject { ["name"] = "echo" }, cancellationToken);
        var model = await response.ObjectAsync(HttpStatusCode.Created, cancellationToken);

        model.Properties().Select(property => property.Name).Should().Equal("id", "name", "last_activity", "execution_state", "connections");
        Guid.TryParseExact(model.Id(), "D", out _).Should().BeTrue();
        model["name"]!.Value<string>().Should().Be("echo");
        model["execution_state"]!.Value<string>().Should().Be("idle");
        model["connections"]!.Value<int>().Should().Be(0);
        response.Headers.Location!.OriginalString.Should().Be($"/api/kernels/{model.Id()}");
        server.Gateway.Contexts.Find(model.Id()).Should().NotBeNull("a kernel is a context");
    }

    [Test]
    [CancelAfter(TestTimeout)]
    public async Task Last_activity_is_UTC_with_six_digits_and_Z_even_at_a_full_second(CancellationToken cancellationToken)
    {
        var time = new ManualTimeProvider(new DateTimeOffset(2026, 3, 1, 12, 0, 0, TimeSpan.FromHours(2)));
        await using var server = await GatewayServer.StartAsync(time: time);

        var model = await server.Client.StartKernelAsync(cancellationToken);

        model["last_activity"]!.Value<string>().Should().Be("2026-03-01T10:00:00.000000Z");
    }

    [TestCase("")]
    [TestCase("{}")]
    [TestCase("""{"name": null, "path": null, "env": null, "kernel_id": null}""")]
    [TestCase("""{"name": "", "path": "", "cwd": ""}""")]
    [TestCase("""{"name": "ECHO", "something": "else"}""")]
    [CancelAfter(TestTimeout)]
    public async Task Fields_that_are_absent_are_the_default(string body, CancellationToken cancellationToken)
    {
        await using var server = await GatewayServer.StartAsync();

        using var response = await server.Client.PostRawAsync(
            "/api/kernels", System.Text.Encoding.UTF8.GetBytes(body), body.Length == 0 ? null : "application/json", cancellationToken);
        var model = await response.ObjectAsync(HttpStatusCode.Created, cancellationToken);

        model["name"]!.Value<string>().Should().Be("echo");
        server.Provisioner.Launches.Items.Should().ContainSingle().Which.WorkingDirectory.Should().Be(Environment.CurrentDirectory);
    }

    [Test]
    [CancelAfter(TestTimeout)]
    public async Task Kernels_and_contexts_are_the_same_and_are_listed_in_the_order_of_their_start(CancellationToken cancellationToken)
    {
        await using var server = await GatewayServer.StartAsync();
        var first = (await server.Client.StartKernelAsync(cancellationToken)).Id();
        var second = await server.Client.CreateContextAsync(cancellationToken);
        var third = (await server.Client.StartKernelAsync(cancellationToken)).Id();

        var kernels = await server.Client.GetTokenAsync("/api/kernels?1700000000000", cancellationToken);
        var shown = await server.Client.GetTokenAsync($"/api/kernels/{second}?1700000000000", cancellationToken);
        var contexts = await server.Client.GetTokenAsync("/contexts", cancellationToken);

        kernels.Select(kernel => kernel.Id()).Should().Equal(first, second, third);
        contexts.Select(context => context.Id()).Should().Equal(first, second, third);
        shown.Id().Should().Be(second);
    }

    [Test]
    [CancelAfter(TestTimeout)]
    public async Task Execution_state_and_last_activity_follow_the_kernel(CancellationToken cancellationToken)
    {
        var time = new ManualTimeProvider();
        await using var server = await GatewayServer.StartAsync(time: time);
        var model = await server.Client.StartKernelAsync(cancellationToken);
        time.Advance(TimeSpan.FromMinutes(1));
        using var stream = await server.Client.ExecuteAsync(
            "print a\nwait gate", cancellationToken, new JObject { ["context_id"] = model.Id() });
        await stream.ReadUntilAsync("stdout", cancellationToken);

        var busy = await server.Client.GetTokenAsync($"/api/kernels/{model.Id()}", cancellationToken);
        time.Advance(TimeSpan.FromMinutes(1));
        (await server.KernelAsync(cancellationToken)).Release("gate");
        await stream.ReadUntilAsync("end_of_execution", cancellationToken);
        var idle = await server.Client.GetTokenAsync($"/api/kernels/{model.Id()}", cancellationToken);

        busy["execution_state"]!.Value<string>().Should().Be("busy");
        idle["execution_state"]!.Value<string>().Should().Be("idle");
        Minutes(model, busy).Should().Be(1);
        Minutes(model, idle).Should().Be(2);

        static double Minutes(JToken from, JToken to) =>
            (DateTimeOffset.Parse((string)to["last_activity"]!) - DateTimeOffset.Parse((string)from["last_activity"]!)).TotalMinutes;
    }

    [Test]
    [CancelAfter(TestTimeout)]
    public async Task Connections_are_counted(CancellationToken cancellationToken)
    {
        await using var server = await GatewayServer.StartAsync();
        var id = (await server.Client.StartKernelAsync(cancellationToken)).Id();

        using (server.Gateway.Contexts.Get(id).Kernel.Activity.AddConnection())
        {
            (await server.Client.GetTokenAsync($"/api/kernels/{id}", cancellationToken))["connections"]!.Value<int>().Should().Be(1);
        }

        (await server.Client.GetTokenAsync($"/api/kernels/{id}", cancellationToken))["connections"]!.Value<int>().Should().Be(0);
    }

    [Test]
    [CancelAfter(TestTimeout)]
    public async Task Deleted_kernel_is_unknown_on_every_route(CancellationToken cancellationToken)
    {
        await using var server = await GatewayServer.StartAsync();
        var id = (await server.Client.StartKernelAsync(cancellationToken)).Id();
        var kernel = await server.KernelAsync(cancellationToken);

        using var deleted = await server.Client.DeleteAsync($"/api/kernels/{id}", cancellationToken);
        var stopped = kernel.Stopped.IsCompleted;
        using var again = await server.Client.DeleteAsync($"/api/kernels/{id}", cancellationToken);

        deleted.StatusCode.Should().Be(HttpStatusCode.NoContent);
        stopped.Should().BeTrue("204 comes after the process is gone");
        (await again.ErrorAsync(HttpStatusCode.NotFound, "Not Found", cancellationToken)).Should().Contain(id);
        (await server.Client.GetTokenAsync("/api/kernels", cancellationToken)).Should().BeEmpty();
        (await server.Client.GetTokenAsync("/contexts", cancellationToken)).Should().BeEmpty();
    }

    [TestCase("GET", "")]
    [TestCase("DELETE", "")]
    [TestCase("POST", "/interrupt")]
    [TestCase("POST", "/restart")]
    [CancelAfter(TestTimeout)]
    public async Task Unknown_kernel_is_404(string method, string action, CancellationToken cancellationToken)
    {
        await using var server = await GatewayServer.StartAsync();

        using var response = await server.Client.SendAsync(method, $"/api/kernels/{Nobody}{action}", cancellationToken);
        using var odd = await server.Client.SendAsync(method, $"/api/kernels/python3{action}", cancellationToken);

        (await response.ErrorAsync(HttpStatusCode.NotFound, "Not Found", cancellationToken)).Should().Be($"Kernel does not exist: {Nobody}");
        await odd.ErrorAsync(HttpStatusCode.NotFound, "Not Found", cancellationToken);
    }

    [TestCase("GET", "")]
    [TestCase("DELETE", "")]
    [TestCase("POST", "/interrupt")]
    [TestCase("POST", "/restart")]
    [TestCase("GET", "/channels")]
    [CancelAfter(TestTimeout)]
    public async Task Culled_kernel_is_404_and_the_message_has_the_reason(string method, string action, CancellationToken cancellationToken)
    {
        await using var server = await GatewayServer.StartAsync();
        var id = (await server.Client.StartKernelAsync(cancellationToken)).Id();
        await server.Gateway.Contexts.TryRetireAsync(server.Gateway.Contexts.Get(id), evenBusy: true, "was culled after an hour");

        using var response = await server.Client.SendAsync(method, $"/api/kernels/{id}{action}", cancellationToken);

        (await response.ErrorAsync(HttpStatusCode.NotFound, "Not Found", cancellationToken))
            .Should().Be($"Kernel does not exist: {id} (it was culled after an hour)");
    }

    [Test]
    [CancelAfter(TestTimeout)]
    public async Task Restart_gives_the_same_kernel_a_new_process(CancellationToken cancellationToken)
    {
        await using var server = await GatewayServer.StartAsync();
        var id = (await server.Client.StartKernelAsync(cancellationToken)).Id();
        var old = await server.KernelAsync(cancellationToken);

        using var response = await server.Client.PostJsonAsync($"/api/kernels/{id}/restart", new JObject(), cancellationToken);
        var model = await response.ObjectAsync(HttpStatusCode.OK, cancellationToken);

        model.Id().Should().Be(id);
        model["execution_state"]!.Value<string>().Should().Be("idle");
        model.ContainsKey("reason").Should().BeFalse("no failure has happened");
        old.Stopped.IsCompleted.Should().BeTrue();
        server.Provisioner.Kernels.Count.Should().Be(2);
    }

    [Test]
    [CancelAfter(TestTimeout)]
    public async Task Kernel_that_died_shows_why(CancellationToken cancellationToken)
    {
        await using var server = await GatewayServer.StartAsync();
        var id = (await server.Client.StartKernelAsync(cancellationToken)).Id();
        using var stream = await server.Client.ExecuteAsync("die", cancellationToken, new JObject { ["context_id"] = id });
        await stream.ReadUntilAsync("end_of_execution", cancellationToken);
        using var next = await server.Client.ExecuteAsync("return 1", cancellationToken, new JObject { ["context_id"] = id });
        await next.ReadUntilAsync("end_of_execution", cancellationToken);

        var model = await server.Client.GetTokenAsync($"/api/kernels/{id}", cancellationToken);

        model["reason"]!.Value<string>().Should().StartWith("The kernel's process ended");
        model["execution_state"]!.Value<string>().Should().Be("idle", "the kernel was restarted");
    }

    [Test]
    [CancelAfter(TestTimeout)]
    public async Task Kernel_that_could_not_be_restarted_is_dead_with_a_reason(CancellationToken cancellationToken)
    {
        await using var server = await GatewayServer.StartAsync();
        var id = (await server.Client.StartKernelAsync(cancellationToken)).Id();
        server.Provisioner.BeforeLaunch = _ => throw new IOException("no space left");

        using var response = await server.Client.PostJsonAsync($"/api/kernels/{id}/restart", new JObject(), cancellationToken);
        var model = await server.Client.GetTokenAsync($"/api/kernels/{id}", cancellationToken);
        using var interrupt = await server.Client.PostJsonAsync($"/api/kernels/{id}/interrupt", new JObject(), cancellationToken);
        server.Provisioner.BeforeLaunch = null;
        using var again = await server.Client.PostJsonAsync($"/api/kernels/{id}/restart", new JObject(), cancellationToken);

        (await response.ErrorAsync(HttpStatusCode.InternalServerError, "Internal Server Error", cancellationToken))
            .Should().Be("Exception restarting kernel: no space left");
        model["execution_state"]!.Value<string>().Should().Be("dead");
        model["reason"]!.Value<string>().Should().Be("no space left");
        await interrupt.ErrorAsync(HttpStatusCode.Conflict, "Conflict", cancellationToken);
        (await again.ObjectAsync(HttpStatusCode.OK, cancellationToken))["execution_state"]!.Value<string>().Should().Be("idle");
    }
}
