using System.Reflection;
using KernelGateway.AspNetCore.Errors;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Metadata;

namespace KernelGateway.AspNetCore.Description;

/// <summary>
/// The published description of a route. It is part of the route's metadata, so a host's own description contains it too.
/// </summary>
internal sealed class RouteDescription(MethodInfo handler, string tag)
{
    private readonly List<object> _metadata = [];

    /// <summary>Gets the name of the operation.</summary>
    public string OperationId { get; private set; } = "";

    /// <summary>Gets the type of the body; null when there is none.</summary>
    /// <remarks>It is not part of the endpoint's metadata: routing would then refuse other bodies before the guard has checked the request.</remarks>
    public AcceptsMetadata? Body { get; private set; }

    /// <summary>Gets the query parameters: name, sentence, JSON type.</summary>
    public List<(string Name, string Description, string Type)> QueryParameters { get; } = [];

    /// <summary>Gets the sentences about the answers, by status.</summary>
    public Dictionary<string, string> AnswerDescriptions { get; } = [];

    public RouteDescription Describe(string operationId, string summary, string? description = null)
    {
        OperationId = operationId;
        _metadata.Add(new EndpointSummaryAttribute(summary));
        if (description is not null) _metadata.Add(new EndpointDescriptionAttribute(description));
        return this;
    }

    public RouteDescription Takes<T>(string mediaType, bool isOptional = false)
    {
        Body = new AcceptsMetadata([mediaType], typeof(T), isOptional);
        return this;
    }

    public RouteDescription Answers<T>(int status, string? mediaType, string description)
    {
        AnswerDescriptions[status.ToString(System.Globalization.CultureInfo.InvariantCulture)] = description;
        _metadata.Add(mediaType is null
            ? new ProducesResponseTypeMetadata(status, typeof(void))
            : new ProducesResponseTypeMetadata(status, typeof(T), [mediaType]));
        return this;
    }

    public RouteDescription Query(string name, string description, string type)
    {
        QueryParameters.Add((name, description, type));
        return this;
    }

    /// <summary>Puts the description on the endpoint, when that is built.</summary>
    public void Apply(EndpointBuilder endpoint)
    {
        endpoint.Metadata.Add(handler);
        endpoint.Metadata.Add(this);
        endpoint.Metadata.Add(new TagsAttribute(tag));
        foreach (var item in _metadata) endpoint.Metadata.Add(item);
    }
}

/// <summary>The common properties of the routes of one surface.</summary>
/// <param name="Tag">The name of their group in the description.</param>
/// <param name="Errors">The form of their errors.</param>
/// <param name="Serving">Is called for each request that has passed the guard; null for no callback.</param>
/// <param name="Access">What the guard has to know about the routes: <c>TokenSubstitute</c>, <c>OpenOrigins</c>.</param>
internal sealed record RouteSection(
    string Tag, ErrorForm Errors, Action<HttpContext>? Serving = null, IReadOnlyList<object>? Access = null)
{
    public static RouteSection CodeInterpreter { get; } = new("code interpreter", Problem.WriteAsync);

    public static RouteSection Notebooks { get; } = new("notebooks", Problem.WriteAsync);

    /// <summary>Gets the metadata of the routes.</summary>
    public object[] Metadata => [Errors, .. Access ?? []];
}

/// <summary>Represents the JSON value <c>null</c>, and an empty body.</summary>
internal sealed record Nothing;
