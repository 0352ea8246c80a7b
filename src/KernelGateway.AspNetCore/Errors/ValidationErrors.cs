using KernelGateway.AspNetCore.Responses;
using Microsoft.AspNetCore.Http;
using Newtonsoft.Json.Linq;

namespace KernelGateway.AspNetCore.Errors;

/// <summary>The errors of a request body, field by field, in the form of FastAPI's 422 answers.</summary>
internal sealed class ValidationErrors
{
    private readonly JArray _detail = [];

    public bool Any => _detail.Count > 0;

    /// <summary>Adds one error.</summary>
    /// <param name="type">Pydantic's name for it, such as <c>string_type</c>.</param>
    /// <param name="message">The sentence.</param>
    /// <param name="input">The value that was sent; null when there was none. For a large value the answer contains its kind
    /// only.</param>
    /// <param name="location">The place: <c>body</c>, then the field.</param>
    public void Add(string type, string message, JToken? input, params IEnumerable<object> location) =>
        _detail.Add(new JObject
        {
            ["type"] = type,
            ["loc"] = new JArray(location),
            ["msg"] = message,
            ["input"] = input is JValue { Type: not JTokenType.String } ? input : null,
        });

    /// <summary>Answers the same on the gateway's own routes: 400 with problem details that name every field.</summary>
    public Task WriteAsProblemAsync(HttpContext context) =>
        Problem.WriteAsync(
            context,
            StatusCodes.Status400BadRequest,
            ProblemCodes.MalformedRequest,
            string.Join(' ', _detail.Select(one => $"{string.Join('.', one["loc"]!.Skip(1))}: {one["msg"]}.")));

    public Task WriteAsync(HttpContext context) =>
        JsonAnswer.WriteTokenAsync(context, StatusCodes.Status422UnprocessableEntity, new JObject { ["detail"] = _detail });
}
