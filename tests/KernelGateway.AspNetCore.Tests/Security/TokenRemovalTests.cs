using FluentAssertions;
using KernelGateway.AspNetCore.Security;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging.Abstractions;
using NUnit.Framework;

namespace KernelGateway.AspNetCore.Tests.Security;

/// <summary>What is removed from requests that are forwarded to other servers.</summary>
public sealed class TokenRemovalTests
{
    private static readonly TokenCheck Check = new(new AccessTokens("the-token", null, NullLogger.Instance, TimeProvider.System));

    [TestCase("Authorization", "Bearer the-token")]
    [TestCase("Authorization", "token  the-token")]
    [TestCase("X-Access-Token", "the-token")]
    [TestCase("X-API-Key", "the-token")]
    [TestCase("E2B-Traffic-Access-Token", "the-token")]
    public void Token_is_removed_from_every_header_in_which_it_is_accepted(string header, string value)
    {
        var request = Request(header, value);

        Check.RemoveFrom(request);

        request.Headers.Should().NotContainKey(header);
    }

    [TestCase("Authorization", "Bearer of-the-application")]
    [TestCase("Authorization", "Basic dGhlLXRva2Vu")]
    [TestCase("X-API-Key", "of-the-application")]
    [TestCase("X-Other", "the-token")]
    public void Credentials_for_the_other_server_stay(string header, string value)
    {
        var request = Request(header, value);

        Check.RemoveFrom(request);

        request.Headers[header].ToString().Should().Be(value);
    }

    [Test]
    public void Values_beside_the_token_stay()
    {
        var request = new DefaultHttpContext().Request;
        request.Headers["X-API-Key"] = new(["the-token", "of-the-application"]);

        Check.RemoveFrom(request);

        request.Headers["X-API-Key"].Should().Equal("of-the-application");
    }

    [TestCase("?token=the-token", "")]
    [TestCase("?a=1&token=the-token&b=%20x+y", "?a=1&b=%20x+y")]
    [TestCase("?TOKEN=the%2dtoken&&c", "?&c")]
    [TestCase("?%74oken=the-token", "")]
    [TestCase("?token=other&x=the-token", "?token=other&x=the-token")]
    [TestCase("?token&token=", "?token&token=")]
    [TestCase("?", "?")]
    public void Token_is_removed_from_a_query_whose_rest_stays_as_it_was_written(string query, string rest) => Check.RemoveFromQuery(query).Should().Be(rest);

    [Test]
    public void Token_is_removed_from_the_address_of_the_page_before()
    {
        var request = Request("Referer", "http://3000-abc.localhost/a?x=1&token=the-token");

        Check.RemoveFrom(request);

        request.Headers.Referer.ToString().Should().Be("http://3000-abc.localhost/a?x=1");
    }

    private static HttpRequest Request(string header, string value)
    {
        var request = new DefaultHttpContext().Request;
        request.Headers[header] = value;
        return request;
    }
}
