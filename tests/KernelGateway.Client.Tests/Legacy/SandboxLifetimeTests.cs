using System.Net;
using FluentAssertions;
using KernelGateway.Client.Legacy;
using KernelGateway.Client.Tests.Legacy.Support;
using NUnit.Framework;
using LegacySandbox = KernelGateway.Client.Legacy.Sandbox;

namespace KernelGateway.Client.Tests.Legacy;

public sealed class SandboxLifetimeTests
{
    private const string Refreshes = $"/sandboxes/{ScriptedService.SandboxId}/refreshes";

    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(5);

    private readonly ScriptedService _service = new();

    [Test]
    [CancelAfter(30_000)]
    public async Task Open_sandbox_is_refreshed_every_five_seconds(CancellationToken cancellationToken)
    {
        await using var sandbox = await _service.CreateAsync();
        for (var number = 1; number <= 3; number++)
        {
            _service.RequestsFor(Refreshes).Should().HaveCount(number - 1);
            _service.Time.Advance(Interval);
            await _service.Requests.WaitForAsync(request => request.Path == Refreshes, number, cancellationToken);
        }

        _service.RequestsFor(Refreshes).Should().OnlyContain(request => (int)request.Json["duration"]! == 0);
        sandbox.IsOpen.Should().BeTrue();
    }

    [Test]
    public async Task Sandbox_is_created_for_fifteen_seconds()
    {
        await using var sandbox = await _service.CreateAsync();

        ((int)_service.RequestsFor("/sandboxes").Single().Json["timeout"]!).Should().Be(15);
        sandbox.Id.Should().Be(ScriptedService.SandboxId);
    }

    [Test]
    public async Task Closed_sandbox_is_not_refreshed_and_the_service_is_told_nothing()
    {
        var sandbox = await _service.CreateAsync();
        var before = _service.Requests.Count;

        await sandbox.CloseAsync();
        _service.Time.Advance(TimeSpan.FromMinutes(1));

        _service.Requests.Count.Should().Be(before);
        _service.Time.ActiveTimers.Should().Be(0);
        sandbox.IsOpen.Should().BeFalse();
        await sandbox.Invoking(one => one.Filesystem.ReadAsync("/a")).Should().ThrowAsync<ObjectDisposedException>();
        await sandbox.CloseAsync();
    }

    [Test]
    [CancelAfter(30_000)]
    public async Task Sandbox_that_has_ended_is_not_refreshed_any_more(CancellationToken cancellationToken)
    {
        _service.On(Refreshes, _ => ScriptedService.NotFound("sandbox was not found"));
        await using var sandbox = await _service.CreateAsync();

        _service.Time.Advance(Interval);
        await _service.Requests.WaitForAsync(request => request.Path == Refreshes, cancellationToken);
        while (_service.Time.ActiveTimers > 0) await Task.Yield();
        _service.Time.Advance(Interval);

        _service.RequestsFor(Refreshes).Should().HaveCount(1);
        sandbox.IsOpen.Should().BeFalse();
    }

    [Test]
    [CancelAfter(30_000)]
    public async Task Refresh_that_fails_is_tried_again(CancellationToken cancellationToken)
    {
        _service.On(Refreshes, _ => ScriptedService.Empty(HttpStatusCode.InternalServerError));
        await using var sandbox = await _service.CreateAsync();

        for (var number = 1; number <= 2; number++)
        {
            _service.Time.Advance(Interval);
            await _service.Requests.WaitForAsync(request => request.Path == Refreshes, number, cancellationToken);
        }

        sandbox.IsOpen.Should().BeTrue();
    }

    [Test]
    public async Task Keep_alive_sends_its_duration()
    {
        await using var sandbox = await _service.CreateAsync();

        await sandbox.KeepAliveAsync(TimeSpan.FromMinutes(2));

        ((int)_service.RequestsFor(Refreshes).Single().Json["duration"]!).Should().Be(120);
    }

    [TestCase(-1)]
    [TestCase(3601)]
    public async Task Keep_alive_is_bounded(int seconds)
    {
        await using var sandbox = await _service.CreateAsync();

        await sandbox.Invoking(one => one.KeepAliveAsync(TimeSpan.FromSeconds(seconds)))
            .Should().ThrowAsync<ArgumentOutOfRangeException>().WithMessage("*0 to 3600 seconds*");
    }

    [Test]
    public async Task Reconnect_takes_ids_of_the_generation_before()
    {
        await using var sandbox = await LegacySandbox.ReconnectAsync($"{ScriptedService.SandboxId}-6532622b", client: _service.Client);

        _service.Requests.Items.Select(request => request.Path).Should().Equal($"/sandboxes/{ScriptedService.SandboxId}/connect");
        ((int)_service.Requests.Items[0].Json["timeout"]!).Should().Be(15);
    }

    [Test]
    [CancelAfter(30_000)]
    public async Task Creation_has_a_time_limit(CancellationToken cancellationToken)
    {
        _service.On("/sandboxes", async _ =>
        {
            await Task.Delay(Timeout.InfiniteTimeSpan, cancellationToken);
            return ScriptedService.Empty(HttpStatusCode.OK);
        });
        var timeout = TimeSpan.FromSeconds(3);

        var creation = LegacySandbox.CreateAsync(timeout: timeout, client: _service.Client, cancellationToken: cancellationToken);
        await _service.Requests.WaitForAsync(request => request.Path == "/sandboxes", cancellationToken);
        _service.Time.Advance(timeout);

        await creation.Invoking(one => one).Should().ThrowAsync<TimeoutException>().WithMessage("Creating the sandbox took longer than 3 seconds.");
        _service.Time.ActiveTimers.Should().Be(0);
    }

    [Test]
    public async Task Host_names_have_the_port_or_none()
    {
        await using var sandbox = await _service.CreateAsync();

        sandbox.GetHostname().Should().Be($"{ScriptedService.SandboxId}.sandbox.test");
        sandbox.GetHostname(3000).Should().Be($"3000-{ScriptedService.SandboxId}.sandbox.test");
    }
}
