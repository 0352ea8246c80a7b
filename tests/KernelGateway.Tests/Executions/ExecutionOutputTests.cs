using FluentAssertions;
using KernelGateway.Executions;
using KernelGateway.Protocol.Mime;
using Newtonsoft.Json.Linq;
using NUnit.Framework;

namespace KernelGateway.Tests.Executions;

public class ExecutionOutputTests
{
    [Test]
    public void Formats_are_the_representations_besides_the_text_with_the_known_ones_first()
    {
        NewOutput("application/vnd.custom+json", "text/plain", "application/json", "e2b/chart", "image/png", "text/html").Formats()
            .Should().Equal("html", "png", "json", "chart", "application/vnd.custom+json");
    }

    [Test]
    public void Plain_text_is_not_a_format() => NewOutput("text/plain").Formats().Should().BeEmpty();

    private static ExecutionOutput NewOutput(params string[] mediaTypes) => new()
    {
        Data = new MimeBundle(new JObject(mediaTypes.Select(mediaType => new JProperty(mediaType, "any")))), Metadata = [],
    };
}
