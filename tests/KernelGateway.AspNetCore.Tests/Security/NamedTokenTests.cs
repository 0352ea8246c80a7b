using System.Net;
using FluentAssertions;
using KernelGateway.AspNetCore.Security;
using KernelGateway.AspNetCore.Tests.Support;
using KernelGateway.Testing.Logging;
using KernelGateway.Testing.Time;
using Microsoft.Extensions.Options;
using NUnit.Framework;

namespace KernelGateway.AspNetCore.Tests.Security;

/// <summary>Tokens of a file, from the outside.</summary>
public sealed class NamedTokenTests
{
    private const int TestTimeout = 60_000;

    [Test]
    [CancelAfter(TestTimeout)]
    public async Task Requests_with_a_token_of_the_file_are_served_until_its_line_is_removed(CancellationToken cancellationToken)
    {
        var time = new ManualTimeProvider();
        using var file = new TokenFileFixture("alice one", "bob two");
        await using var server = await GatewayServer.StartAsync(http: http => (http.Token, http.TokenFile) = (null, file.Path), time: time);
        using var alice = server.NewClient("one");
        using var bob = server.NewClient("two");
        using var stream = await alice.ExecuteAsync("print begun\nwait for-ever", cancellationToken);
        await stream.ReadUntilAsync("stdout", cancellationToken);

        file.Write("bob two");
        time.Advance(AccessTokens.Interval * 2);

        await stream.Invoking(open => open.ReadAllAsync(cancellationToken)).Should().ThrowAsync<Exception>("an open request of a withdrawn token is ended");
        using var refused = await alice.GetAsync("/contexts", cancellationToken);
        refused.StatusCode.Should().Be(HttpStatusCode.Unauthorized);
        using var served = await bob.GetAsync("/contexts", cancellationToken);
        served.StatusCode.Should().Be(HttpStatusCode.OK);
        server.Log.Entries.Should().NotContain(entry => entry.EventId.Id == 5004, "no token is generated beside a file");
    }

    [Test]
    [CancelAfter(TestTimeout)]
    public async Task Options_name_the_reason_for_which_a_file_cannot_be_used(CancellationToken cancellationToken)
    {
        using var file = new TokenFileFixture("alice");

        var starting = () => GatewayServer.StartAsync(http: http => http.TokenFile = file.Path).WaitAsync(cancellationToken);

        await starting.Should().ThrowAsync<OptionsValidationException>().WithMessage("*TokenFile: Line 1*");
    }

    [Test]
    public void Token_file_without_token_authentication_is_refused()
    {
        var options = new KernelGatewayHttpOptions { Authentication = KernelGatewayAuthentication.None, TokenFile = "/tokens" };

        new KernelGatewayHttpOptionsValidator().Validate(null, options).FailureMessage.Should().Contain("TokenFile");
    }
}
