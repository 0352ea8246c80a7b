using System.Threading.Channels;
using FluentAssertions;
using KernelGateway.Server.Remote;
using KernelGateway.Server.Sandboxes.Client;
using KernelGateway.Testing.Time;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using NUnit.Framework;

namespace KernelGateway.FunctionalTests.Sandboxes;

/// <summary>The lifetime of a sandbox in which a command of this machine runs something.</summary>
public sealed class LifetimeExtensionTests
{
    [Test]
    [CancelAfter(60_000)]
    public async Task Lifetime_is_extended_whenever_half_of_it_is_over_also_after_a_failure(CancellationToken cancellationToken)
    {
        var asked = Channel.CreateUnbounded<string>();
        var status = StatusCodes.Status500InternalServerError;
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().UseUrls("http://127.0.0.1:0");
        builder.Services.AddRoutingCore();
        await using var app = builder.Build();
        app.Run(async context =>
        {
            using var reader = new StreamReader(context.Request.Body);
            context.Response.StatusCode = status;
            var body = await reader.ReadToEndAsync(cancellationToken);
            await asked.Writer.WriteAsync($"{context.Request.Method} {context.Request.Path} {body}", cancellationToken);
        });
        await app.StartAsync(cancellationToken);
        var time = new ManualTimeProvider();
        var plane = new RemoteControlPlane(RemoteAddress.TryParse(app.Urls.Single())!, "e2b_0000");

        await using (LifetimeExtension.Start(plane, "i123", seconds: 60, time))
        {
            for (var i = 0; i < 3; i++)
            {
                time.Advance(TimeSpan.FromSeconds(29));
                asked.Reader.TryRead(out _).Should().BeFalse("the half is not over");
                time.Advance(TimeSpan.FromSeconds(1));

                (await asked.Reader.ReadAsync(cancellationToken)).Should()
                    .Be("""POST /sandboxes/i123/refreshes {"duration":60}""");
                status = StatusCodes.Status204NoContent;
            }
        }

        time.ActiveTimers.Should().Be(0, "nothing is extended any more");
    }
}
