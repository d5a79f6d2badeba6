"""`/comparar`: one prompt under the strategies of the lesson."""
